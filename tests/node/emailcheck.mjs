// What mail clients and assistive technology would make of HTML parts. Prints one JSON object: file -> findings.
// usage: node emailcheck.mjs FILE.html...
import fs from 'node:fs';
import { caniemail } from 'caniemail';
import { HtmlValidate } from 'html-validate';

const CLIENTS = ['gmail.*', 'outlook.*', 'apple-mail.*', 'yahoo.*', 'thunderbird.*'];
// Accessibility and well-formedness; rules of style, and those that ask for what mail programs lack, are not asked.
const RULES = { extends: ['html-validate:a11y', 'html-validate:document'], root: true, rules: {
  'close-order': 'error', 'no-dup-attr': 'error', 'no-dup-id': 'error', 'element-permitted-content': 'error',
  'heading-level': 'error', 'input-missing-label': 'error', 'valid-id': 'error', 'attribute-allowed-values': 'error',
  'element-required-attributes': 'error', 'no-unknown-elements': 'error', 'unrecognized-char-ref': 'error',
} };

const validator = new HtmlValidate(RULES);

/** Feature -> the clients that do not support it. */
function unsupported(html) {
  const found = {};
  const { issues } = caniemail({ clients: CLIENTS, html });
  for (const [client, problems] of issues.errors) {
    for (const { title } of problems) (found[title] ??= new Set()).add(client);
  }
  return Object.fromEntries(Object.entries(found).map(([title, clients]) => [title, [...clients].sort()]));
}

async function broken(html) {
  const report = await validator.validateString(html);
  return report.results.flatMap(({ messages }) => messages.map((m) => `${m.line}: ${m.ruleId}: ${m.message}`));
}

const findings = {};
for (const file of process.argv.slice(2)) {
  const html = fs.readFileSync(file, 'utf8');
  findings[file] = { unsupported: unsupported(html), broken: await broken(html) };
}
console.log(JSON.stringify(findings));
