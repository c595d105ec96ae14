/** A request as RESP has it; `########` in a word stands for a number of eight digits. */
export const request = (...words) =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;

/** The same up to the payload, which comes last and has `bytes` bytes. */
export const requestHead = (bytes, ...words) =>
  `${request(...words).replace(/^\*\d+/, `*${words.length + 1}`)}$${bytes}\r\n`;
