/**
 * Documents of a feature store that META keeps in binary: structs in Thrift's compact protocol, without an envelope, and nothing behind them. docs/meta.md says
 * what they are for. `format` is always the first field, so that it can be read whatever else there is.
 *
 * scripts/formats.mjs makes src/meta/formats-idl.ts of this file.
 */
namespace py datafabric_formats

/** What is known of a name. */
struct DictionaryEntry {
  /** A variable's or a column's: 1 to 512 bytes. */
  1: required string name
  /** A datashape, such as `365 * 180 * 360 * float32`. */
  2: required string type
  3: optional string documentation
}

/** The document `dictionary`: types and documentation of names, each of which is there once. */
struct Dictionary {
  /** 2 */
  1: required i32 format
  2: required list<DictionaryEntry> entries
}

/** `dictionary` as it was before names had documentation. */
struct DictionaryFormat1 {
  /** 1 */
  1: required i32 format
  /** Types by name. */
  2: required map<string, string> types
}

/** An object of the data store. */
struct DataObject {
  1: required string key
  /** Its length. */
  2: required i64 bytes
  /** Of all its bytes, from 0 to 2^32 - 1. */
  3: required i64 crc32c
}

/** The document `manifest`: every object of the data store, each of which is there once. */
struct Manifest {
  /** 1 */
  1: required i32 format
  2: required list<DataObject> objects
}
