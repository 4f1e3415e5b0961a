// Gives the suite its matchers, and our recorded answers in place of the implementations
// that each spec file lists by itself.

const fs = require('fs');
const path = require('path');

for (const name of fs.readdirSync(didMatchers).filter((name) => /^to/.test(name))) {
  expect.extend(require(path.join(didMatchers, name, 'index.js')).default);
}

const recorded = (name) => [require(path.join(didRecorded, name + '.json'))];
global.systemSuiteConfig = {
  didMethods: recorded('method'),
  resolvers: recorded('resolver'),
  dereferencers: recorded('dereferencer'),
};
