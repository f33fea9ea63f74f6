// A gateway that leaves out some of what makes queries fast; EXECUTION says what.
import { createServer } from 'node:http';
import { createGateway, optionsFrom } from '../../dist/index.js';

const { EXECUTION, PORT, ...settings } = process.env;
const gateway = await createGateway({ ...optionsFrom(settings), execution: EXECUTION });
createServer((request, response) => gateway.handler(request, response)).listen(Number(PORT), '127.0.0.1');
