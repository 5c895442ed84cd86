/** The type of a value after JSON has carried it: a `Date` becomes a string, and a function disappears. */
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

/** The types that JSON leaves out of an object, and replaces with `null` in an array. */
type Unsendable = undefined | symbol | ((...args: any[]) => unknown);

type WireItem<T> = [T] extends [never] ? never : T extends Unsendable ? null : Wire<T>;

type SendableKey<T, Key extends keyof T> = Key extends symbol
  ? never
  : [Exclude<T[Key], Unsendable>] extends [never]
    ? never
    : Key;
