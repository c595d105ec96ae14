/** How a bucket is reached. */
export interface S3Options {
  bucket: string;
  region: string;
  /** Begins every object's name in the bucket, followed by a slash; empty for none. */
  prefix?: string;
  /** `http(s)://host:port` of a server other than Amazon's. */
  endpoint?: string;
  /** Whether the bucket stands in the path rather than in the host's name, as most servers other than Amazon's want. */
  pathStyle?: boolean;
  /** Absent: found as Amazon's own tools do, in the environment, the shared files or the machine's role. */
  credentials?: S3Credentials | S3CredentialsFile;
  /** For a call with all its retries; for streams, how long the server may be silent. */
  timeoutMs?: number;
}

export interface S3Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** As configurations have them. */
export interface NamedCredentials {
  credentialsFile: string | undefined;
  profile: string | undefined;
}

/** Undefined: as Amazon's own tools find them. */
export function credentialsOf({ credentialsFile: path, profile }: NamedCredentials): S3CredentialsFile | undefined {
  return path === undefined && profile === undefined ? undefined : { path, profile };
}

/** A file as Amazon's own tools have it, `~/.aws/credentials` by default, and the section in it, `default` by default. */
export interface S3CredentialsFile {
  path: string | undefined;
  profile: string | undefined;
}
