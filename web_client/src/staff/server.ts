/** What the server says about itself, asked once per page load. */

import { shallowRef } from 'vue';
import { api } from '../net/api';
import type { ServerInfo } from '../protocol/api.gen';

export const serverInfo = shallowRef<ServerInfo | null>(null);

/** Fills `serverInfo`. Pages work without it, so a failure leaves it as it is. */
export async function knowServer(): Promise<ServerInfo | null> {
  try {
    serverInfo.value ??= await api.server();
  } catch {
    return null;
  }
  return serverInfo.value;
}
