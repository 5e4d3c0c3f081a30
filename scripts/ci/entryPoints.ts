import manifest from '../../package.json' with { type: 'json' }

/** A program that imports every entry point of the package. */
export const importsOfAll: string = Object.keys(manifest.exports)
  .filter((subpath) => subpath !== './package.json')
  .map((subpath) => subpath.replace('.', manifest.name))
  .map((specifier, index) => `export * as entry${index} from '${specifier}'\n`)
  .join('')
