import type { WebsocketDefinition, WebsocketOptions } from './definition.ts';

/** What a key that is not known is expected to be, so that the type error names the right one. */
export interface DidYouMean<Key> {
  readonly 'this key is not known; did you mean': Key;
}

type Snake<K extends string> = K extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${Snake<Rest>}`
  : K;

type Beginning<K extends string> = K extends `${infer A}${infer B}${infer C}${infer D}${string}`
  ? `${A}${B}${C}${D}`
  : K;

type Nearest<K, Known> = K extends string
  ? [Extract<Known, `${Beginning<Snake<K>>}${string}`>] extends [never]
    ? Known
    : Extract<Known, `${Beginning<Snake<K>>}${string}`>
  : Known;

type OnlyKnown<T, Key> = { [K in keyof T]: K extends Key ? T[K] : DidYouMean<Nearest<K, Key>> };

type OnlyKnownOptions<T> = T extends object ? OnlyKnown<T, keyof WebsocketOptions> : T;

/** Endpoints as they were written, where each key is known; a misspelt one is a type error. */
export type KnownKeys<W> = {
  [Name in keyof W]: {
    [K in keyof W[Name]]: K extends 'options'
      ? OnlyKnownOptions<W[Name][K]>
      : K extends keyof WebsocketDefinition
        ? W[Name][K]
        : DidYouMean<Nearest<K, keyof WebsocketDefinition>>;
  };
};
