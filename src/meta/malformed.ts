/** Why bytes aren't the document they are to be: `entries[3].type: …`, `line 7: …`. */
export class Malformed extends Error {}
