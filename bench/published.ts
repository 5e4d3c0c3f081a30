/**
 * Figures of the system whose behaviour is reproduced, measured on another machine and another virtual machine: for
 * orientation, not for a ratio.
 */
export const PUBLISHED = `Hume 0.0.17 (published, another machine's VM):
  replay                                  1.8–2.4 M events/s
  cold catch-up of 1 M events             0.85 M events/s
  append → visible, an empty store        50 µs
  append → visible, 1 M events stored     40 ms`
