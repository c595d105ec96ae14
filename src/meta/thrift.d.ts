/** Of the library only its protocol is loaded: the whole brings servers and clients along. */
declare module 'thrift/lib/nodejs/lib/thrift/compact_protocol.js' {
  export interface ThriftTransport {
    readByte(): number;
    /** That many bytes; they may be a view. */
    read(bytes: number): Buffer;
    readString(bytes: number): string;
    write(bytes: Buffer): void;
  }

  export default class TCompactProtocol {
    constructor(transport: ThriftTransport);
    writeStructBegin(name: string): void;
    writeStructEnd(): void;
    writeFieldBegin(name: string, type: number, id: number): void;
    writeFieldStop(): void;
    writeI32(value: number): void;
    writeI64(value: number): void;
    writeString(value: string): void;
    writeListBegin(elementType: number, size: number): void;
    writeMapBegin(keyType: number, valueType: number, size: number): void;
    readStructBegin(): void;
    readStructEnd(): void;
    readFieldBegin(): { ftype: number; fid: number };
    readI32(): number;
    readVarint32(): number;
    readBinary(): Buffer;
    readListBegin(): { etype: number; size: number };
    readMapBegin(): { ktype: number; vtype: number; size: number };
  }
}

declare module 'thrift/lib/nodejs/lib/thrift/thrift.js' {
  const thrift: { Type: Readonly<Record<'STOP' | 'I32' | 'I64' | 'STRING' | 'STRUCT' | 'MAP' | 'LIST', number>> };
  export default thrift;
}
