/** What bounds a type, so that parsing is bounded in time and memory and no product overflows. */
export const TYPE_TEXT_BYTES_MAX = 64 * 1024;
/** Records, tuples, options and dimensions inside one another. */
export const NESTING_MAX = 64;
/** NumPy 1's limit, for the array and for each field. */
export const DIMENSIONS_MAX = 32;
/** One item: NumPy 1 counts its bytes in a C int. */
export const ITEM_BYTES_MAX = 2 ** 31 - 1;
/** Alignment of a payload in its segment, hence the largest alignment an item can ask for. */
export const ALIGN_MAX = 64;
