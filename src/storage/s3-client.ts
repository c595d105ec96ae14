import { S3Client } from '@aws-sdk/client-s3';
import { fromIni } from '@aws-sdk/credential-provider-ini';
import type { S3CredentialsFile, S3Options } from './s3-options.js';

/** Tries of a call that may be repeated without harm, with the library's growing pauses between them. */
const TRIES_MAX = 4;
const CONNECT_MS_MAX = 5000;
const CONNECTIONS_MAX = 64;

export interface S3Clients {
  /** Repeats what failed or was turned away, a bounded number of times. */
  patient: S3Client;
  /** Sends every request once: what came of the first try must not be lost behind the answer to a second. */
  single: S3Client;
}

/** Prints a paragraph at Node.js 20 in every process otherwise; which version runs there is the matter of package.json. */
const SILENCE = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';

export function openClients(options: S3Options, timeoutMs: number): S3Clients {
  process.env[SILENCE] ??= 'true';
  const { region, endpoint, pathStyle = false, credentials } = options;
  const agent = { keepAlive: true, maxSockets: CONNECTIONS_MAX };
  const common = {
    region,
    forcePathStyle: pathStyle,
    // Other servers know neither the newer checksums nor the encoding of bodies that carries them.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // The library waits for the permission to go on, longer than our limit, even when the request has failed.
    expectContinueHeader: false,
    requestHandler: {
      connectionTimeout: Math.min(timeoutMs, CONNECT_MS_MAX),
      httpAgent: agent,
      httpsAgent: agent,
    },
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials && { credentials: 'accessKeyId' in credentials ? credentials : fromFile(credentials) }),
  } as const;
  return {
    patient: new S3Client({ ...common, maxAttempts: TRIES_MAX }),
    single: new S3Client({ ...common, maxAttempts: 1 }),
  };
}

const fromFile = ({ path, profile }: S3CredentialsFile) =>
  fromIni({ ...(path !== undefined && { filepath: path }), ...(profile !== undefined && { profile }) });
