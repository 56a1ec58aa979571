/** What the frame around every screen shows, filled by the screen that knows it. */
import { reactive } from 'vue';
import { storedTextSize, type TextSize } from './lib/textSize';

export const frame = reactive({
  /** Name of the court; empty until the server was asked. */
  court: '',
  /** Case number and title of the hearing on screen; empty elsewhere. */
  caseNumber: '',
  caseTitle: '',
  helpPhone: '',
  /** Name of the screen, for the title of the document; empty means the route's own title. */
  screen: '',
  /** The screen fills the window exactly and scrolls inside, as the courtroom does. */
  full: false,
  /** This browser belongs to an enrolled kiosk and is on its screens. */
  kiosk: false,
  textSize: storedTextSize() as TextSize,
});
