/*
 * Constants of the engine's protocol and of its states. The SDK defines them too (runtime/rpc.js), but loading it takes
 * longer than most who need them run.
 */

/** Stands for a value that is known only after an update. In a text it may stand for a part. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The member by which an object is something special: a secret, an asset, an archive, a reference to a resource. */
export const signature = "4dabf18193072939515e22adb298388d";

/** The signature of a secret. Its value is in `value` on the wire, in `ciphertext` or `plaintext` in a state. */
export const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
