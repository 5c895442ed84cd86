import type { WebsocketDefinition, WebsocketOptions } from './definition.ts';

/** The type that an unknown key must have, so that the type error names the right key. */
export interface DidYouMean<Key> {
  /** Callable, so that the parameters of a function under a misspelt key cause no further errors. */
  (...args: any[]): any;
  readonly 'this key is not known; did you mean': Key;
}

type Snake<K extends string> = K extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${Snake<Rest>}`
  : K;

/** The first four letters of a key, and the first three. */
type Beginnings<K extends string> = K extends `${infer A}${infer B}${infer C}${infer D}${string}`
  ? [`${A}${B}${C}${D}`, `${A}${B}${C}`]
  : [K, K];

type StartingWith<Known, Start extends string> = Extract<Known, `${Start}${string}`>;

type FirstOf<Near, Else> = [Near] extends [never] ? Else : Near;

/** The known keys that begin with the same four letters. Otherwise, those with the same three. Otherwise, all. */
export type Nearest<K, Known> = K extends string
  ? FirstOf<
      StartingWith<Known, Beginnings<Snake<K>>[0]>,
      FirstOf<StartingWith<Known, Beginnings<Snake<K>>[1]>, Known>
    >
  : Known;

type OnlyKnown<T, Key> = { [K in keyof T]: K extends Key ? T[K] : DidYouMean<Nearest<K, Key>> };

type OnlyKnownOptions<T> = T extends object ? OnlyKnown<T, keyof WebsocketOptions> : T;

/** The endpoints as they are written, except that a misspelt key is a type error. */
export type KnownKeys<W> = {
  [Name in keyof W]: {
    [K in keyof W[Name]]: K extends 'options'
      ? OnlyKnownOptions<W[Name][K]>
      : K extends keyof WebsocketDefinition
        ? W[Name][K]
        : DidYouMean<Nearest<K, keyof WebsocketDefinition>>;
  };
};
