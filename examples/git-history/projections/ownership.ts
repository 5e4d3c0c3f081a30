import { defineProjection } from 'rx-projection'
import type { HistoryEvent } from '../events.ts'
import { changeFile, EMPTY_FOLDER, type Folder, moveFile } from './tree.ts'

/**
 * The people who know each file and folder: the tree of all files, with the lines that each author changed. A renamed file
 * keeps its history.
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
