/** Names the screen, and the case when there is one, in the frame that surrounds every page. */

import { onScopeDispose, watchEffect } from 'vue';
import { frame } from '../frame';

export function useScreen(title: () => string, theCase?: () => { case_number: string; title: string } | null): void {
  watchEffect(() => {
    frame.screen = title();
    const known = theCase?.() ?? null;
    frame.caseNumber = known?.case_number ?? '';
    frame.caseTitle = known?.title ?? '';
  });
  onScopeDispose(() => {
    frame.screen = '';
    frame.caseNumber = '';
    frame.caseTitle = '';
  });
}
