import { seedPortfolio } from './builders.ts';
import { combineSeeds, type SeedData } from './seedData.ts';

export interface DemoOptions {
  readonly portfolios?: number;
}

export function demoSeed({ portfolios = 300 }: DemoOptions = {}): SeedData {
  return combineSeeds(...Array.from({ length: portfolios }, (_, i) => seedPortfolio({ key: `demo/${i}` })));
}
