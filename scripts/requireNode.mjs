// Plain JavaScript, and loaded before anything else: it has to run on the Node that is too old for the rest.
const least = 24

if (Number(process.versions.node.split('.')[0]) < least) {
  console.error(
    `Node ${least} or newer is needed, and this is ${process.version}. ` +
      'Run `npm ci`, which installs it into node_modules, then use npm scripts (`npm start`, `npm test`) or `npx node`.',
  )
  process.exit(2)
}
