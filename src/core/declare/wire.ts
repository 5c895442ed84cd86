/** What is left of a value once JSON has carried it: of a `Date` a string, of a function nothing. */
export type Wire<T> = 0 extends 1 & T
  ? any
  : unknown extends T
    ? unknown
    : T extends { toJSON(): infer Json }
      ? Wire<Json>
      : T extends string | number | boolean | null
        ? T
        : T extends Unsendable
          ? never
          : T extends readonly unknown[]
            ? { [Index in keyof T]: WireItem<T[Index]> }
            : { [Key in keyof T as SendableKey<T, Key>]: Wire<Exclude<T[Key], Unsendable>> };

/** What JSON leaves out of an object, and makes `null` of in an array. */
type Unsendable = undefined | symbol | ((...args: any[]) => unknown);

type WireItem<T> = [T] extends [never] ? never : T extends Unsendable ? null : Wire<T>;

type SendableKey<T, Key extends keyof T> = Key extends symbol
  ? never
  : [Exclude<T[Key], Unsendable>] extends [never]
    ? never
    : Key;
