// check.mjs MODULES < corpus: validates topics/contract/asyncapi.json with AsyncAPI's own parser, and asks the schemas in
// topics/contract/schemas for their verdict on each event of the corpus (tests/topics/contract/schema_corpus.cc), which has to be the
// decoder's. MODULES is the directory that `npm ci` filled.

import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import path from "node:path";

const require = createRequire(path.resolve(process.argv[2], "package.json"));
const Ajv = require("ajv/dist/2020").default;
const addFormats = require("ajv-formats").default;
const { Parser } = require("@asyncapi/parser");

const room = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "../../../../topics/contract");
const problems = [];
const leastEvents = 10000; // of a corpus that is whole

function loadSchemas() {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true });
  addFormats(ajv);
  ajv.addVocabulary([
    "x-chinese", "x-direction", "x-kind", "x-personal", "x-subject", "x-topic", "x-unit", "x-version",
  ]);
  const schemas = new Map();
  for (const file of readdirSync(path.join(room, "schemas"))) {
    const schema = JSON.parse(readFileSync(path.join(room, "schemas", file), "utf8"));
    schemas.set(path.basename(file, ".json"), { schema, validate: ajv.compile(schema), seen: new Set() });
  }
  return schemas;
}

// Notes which members of the schema occur in the value.
function note(schema, value, seen, at = "") {
  if (value === null) return;
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    if (value[name] === undefined) continue;
    seen.add(`${at}/${name}`);
    note(member, value[name], seen, `${at}/${name}`);
  }
  if (schema.items) for (const item of value) note(schema.items, item, seen, at);
}

function members(schema, at = "") {
  const own = Object.entries(schema.properties ?? {});
  const below = own.flatMap(([name, member]) => [`${at}/${name}`, ...members(member, `${at}/${name}`)]);
  return schema.items ? [...below, ...members(schema.items, at)] : below;
}

async function checkSchemas() {
  const schemas = loadSchemas();
  let events = 0;
  let refused = 0;
  for await (const line of createInterface({ input: process.stdin })) {
    const { type, what, accepted, event } = JSON.parse(line);
    const { schema, validate, seen } = schemas.get(type);
    const valid = validate(event);
    if (valid !== accepted) {
      problems.push(`${type}, ${what}: the schema ${valid ? "accepts" : "refuses"} it, the program does not: ` +
        `${JSON.stringify(validate.errors)} ${line.slice(0, 600)}`);
    }
    if (valid) note(schema, event, seen);
    events += 1;
    refused += valid ? 0 : 1;
  }
  if (events < leastEvents || refused === 0) problems.push(`the corpus has only ${events} events`);
  for (const [type, { schema, seen }] of schemas) {
    for (const member of members(schema)) {
      if (schema.properties[member.slice(1)] === false) continue;
      if (!seen.has(member)) problems.push(`${type}: no event of the corpus has ${member}`);
    }
  }
  console.log(`${schemas.size} schemas, ${events} events, ${refused} of them refused`);
}

async function checkAsyncApi() {
  const text = readFileSync(path.join(room, "asyncapi.json"), "utf8");
  const { document, diagnostics } = await new Parser().parse(text);
  const { diagnostics: ofBroken } = await new Parser().parse(text.replace("#/components/messages/sla.met", "#/nowhere"));
  if (ofBroken.length === 0) problems.push("asyncapi.json: the parser finds nothing wrong with a broken reference");
  for (const found of diagnostics) {
    if (found.code === "asyncapi-latest-version") continue; // 3.0 is meant
    problems.push(`asyncapi.json: ${found.message} (${found.code}) at ${found.path.join("/")}`);
  }
  if (!document) return;
  const channels = document.channels().all().length;
  const messages = document.components().messages().all().length;
  console.log(`asyncapi.json: ${channels} channels, ${document.operations().all().length} operations, ${messages} messages`);
}

await checkSchemas();
await checkAsyncApi();
for (const problem of problems.slice(0, 40)) console.error(problem);
if (problems.length > 0) console.error(`${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
