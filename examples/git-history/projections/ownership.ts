import { defineProjection } from 'rx-projection'
import type { HistoryEvent } from '../events.ts'
import { changeFile, EMPTY_FOLDER, type Folder, moveFile } from './tree.ts'

/**
 * Who knows which file and folder: the tree of all files, each with the lines that its authors changed. A renamed file
 * takes along what is known about it.
 */
export const ownership = defineProjection<Folder, HistoryEvent>({
  name: 'ownership',
  initialState: () => EMPTY_FOLDER,
  ignore: 'others',
  on: {
    FileChanged: (root, { payload: { path, author, added, deleted } }) =>
      changeFile(root, path, author, added + deleted),
    FileDeleted: (root, { payload: { path, author, added, deleted } }) =>
      changeFile(root, path, author, added + deleted, true),
    FileRenamed: (root, { payload: { from, path, author, added, deleted } }) =>
      changeFile(moveFile(root, from, path), path, author, added + deleted),
  },
})
