/* eslint-disable -- written by npm run schema, in the form that its generator has */
export * from "./gql.ts";