declare module 'redis-parser' {
  export interface RedisParserOptions {
    returnReply(reply: unknown): void;
    returnError(error: Error): void;
    returnFatalError?(error: Error): void;
    returnBuffers?: boolean;
    stringNumbers?: boolean;
  }

  export default class RedisParser {
    constructor(options: RedisParserOptions);
    execute(bytes: Buffer): void;
    reset(): void;
  }
}
