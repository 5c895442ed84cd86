import type { WebsocketDefinition, WebsocketOptions } from './definition.ts';

/** What a key that is not known is expected to be, so that the type error names the right one. */
export interface DidYouMean<Key> {
  /** So that the parameters of a function under a misspelt key are no further errors. */
  (...args: any[]): any;
  readonly 'this key is not known; did you mean': Key;
}

type Snake<K extends string> = K extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${Snake<Rest>}`
  : K;

/** The first four letters, and the first three. */
type Beginnings<K extends string> = K extends `${infer A}${infer B}${infer C}${infer D}${string}`
  ? [`${A}${B}${C}${D}`, `${A}${B}${C}`]
  : [K, K];

type StartingWith<Known, Start extends string> = Extract<Known, `${Start}${string}`>;

type FirstOf<Near, Else> = [Near] extends [never] ? Else : Near;

/** Of the known keys, those that begin with the same four letters; else the same three; else all. */
export type Nearest<K, Known> = K extends string
  ? FirstOf<
      StartingWith<Known, Beginnings<Snake<K>>[0]>,
      FirstOf<StartingWith<Known, Beginnings<Snake<K>>[1]>, Known>
    >
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
