// Preloaded into the program by Pulumi.yaml (nodeargs): says in one line what an older Node cannot do.
if (!process.features.typescript) {
  process.stderr.write(
    `This program needs Node 24, which runs TypeScript as it is, and got ${process.version}: run ` +
      'export PATH="$PWD/node_modules/.bin:$PATH" in the project folder (after npm ci), then the same command again.\n',
  );
  process.exit(1);
}
