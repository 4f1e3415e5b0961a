// Runs the spec files of a checkout of w3c/did-test-suite, where it lies, on what our
// nodes answered. DID_SUITE is the checkout, DID_SUITE_MODULES where its packages are.

const path = require('path');

const suite = path.resolve(process.env.DID_SUITE, 'packages');
const modules = path.resolve(process.env.DID_SUITE_MODULES);

module.exports = {
  rootDir: path.join(suite, 'did-core-test-server', 'suites'),
  testEnvironment: 'node',
  cacheDirectory: path.join(modules, '..', 'cache'),
  modulePaths: [modules],
  // The suite's own matchers are ES modules.
  transform: {
    '/jest-did-matcher/src/': [
      path.join(modules, 'babel-jest'),
      {configFile: false, babelrc: false, plugins: [path.join(modules, '@babel/plugin-transform-modules-commonjs')]},
    ],
  },
  setupFilesAfterEnv: [path.join(modules, 'jest-extended', 'all.js'), path.join(__dirname, 'setup.js')],
  globals: {
    didMatchers: path.join(suite, 'jest-did-matcher', 'src', 'matchers'),
    didRecorded: path.resolve(__dirname, '../../x/did/resolver/testdata/did-suite'),
  },
};
