import manifest from '../../package.json' with { type: 'json' }

/** The entry points of the package, as they are imported. */
export const entryPoints: readonly string[] = Object.keys(manifest.exports)
  .filter((subpath) => subpath !== './package.json')
  .map((subpath) => subpath.replace('.', manifest.name))
