// A Ceph object gateway, as the tests of stores have it, and a bucket in it.
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { root } from '../../scripts/step.mjs';
import { setUpRgw } from '../../scripts/stores/install.mjs';
import { firstLine, start } from './processes.mjs';

const BUCKET = 'bench';
/** Else the library prints a paragraph about versions of Node.js. */
const SILENCE = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';

export class ObjectGateway {
  label = 'Ceph object gateway';
  options;
  #child;
  #client;

  settings = { servers: 'one monitor, one storage daemon in memory, one gateway', client: '@aws-sdk/client-s3' };

  async start() {
    setUpRgw();
    process.env[SILENCE] ??= 'true';
    this.#child = start(process.execPath, [join(root, 'scripts/stores/rgw.mjs')]);
    const { endpoint, ...credentials } = JSON.parse(await firstLine(this.#child));
    this.options = { bucket: BUCKET, region: 'us-east-1', endpoint, pathStyle: true, credentials };
    this.#client = new S3Client({
      region: 'us-east-1',
      endpoint,
      forcePathStyle: true,
      credentials,
      maxAttempts: 1,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
    await this.#client.send(new CreateBucketCommand({ Bucket: BUCKET }));
    return this;
  }

  /** The bare request: whether it made the object. */
  async create(key, body) {
    try {
      await this.#client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body, IfNoneMatch: '*' }));
      return true;
    } catch (error) {
      if (error.$metadata?.httpStatusCode === 412) return false;
      throw error;
    }
  }

  async stop() {
    this.#client?.destroy();
    if (this.#child === undefined) return;
    // It ends its servers, and their folder, when its standard input ends.
    const gone = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.stdin.end();
    await gone;
  }

  removeObjects() {}
}
