/*
 * What pages may call, as types: `footfall(...)` once the tag is there, and `init` and `track` of the module
 * (`/tracker.module.js`). Copy it beside your sources; docs/tracker.md explains the options.
 */

/** Properties are flat: what is nested is left out. 30 at most, names to 100 bytes, values to 500. */
export type Props = Record<string, string | number | boolean | null | undefined>;

export interface Details {
  /** Money, in the currency's main unit; `currency` is ISO 4217. */
  revenue?: { amount: number | string; currency: string };
  /** false: the event does not take a bounce back. */
  interactive?: boolean;
  /** Another path than the page's, query included. */
  pathname?: string;
}

export interface Track {
  /** Records a custom event, or a pageview where they are made by hand. */
  (name: string, props?: Props, details?: Details): void;
}

/** What the tag's `data-` attributes say. Parts are on when `true`, where the module's address has them. */
export interface Options {
  /** The site to count for. */
  site: string;
  /** Another address to send to, absolute or relative to the module. */
  endpoint?: string;
  /** Seconds between two sendings of what waits; 10. */
  flush?: number;
  attributes?: boolean;
  clicks?: boolean;
  dnt?: boolean;
  /** true, or the extensions that are files: "pdf|zip". */
  downloads?: boolean | string;
  errors?: boolean;
  exclusion?: boolean;
  forms?: boolean;
  gpc?: boolean;
  hash?: boolean;
  manual?: boolean;
  notfound?: boolean;
  outbound?: boolean;
  vitals?: boolean;
}

/** Starts counting. */
export const init: (options: Options) => void;
export const track: Track;

declare global {
  interface Window {
    footfall: Track;
  }
  const footfall: Track;
}
