/** What the side of the courtroom shows. */
export type Pane = 'transcript' | 'people' | 'proceedings' | 'lines';
