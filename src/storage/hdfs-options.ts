/** How a folder of HDFS is reached. */
export interface HdfsOptions {
  /** `http(s)://host:port` of the name node's web server. */
  endpoint: string;
  /** The folder that holds everything, from `/` on. */
  path: string;
  /** Who is said to ask (`user.name`), where the cluster believes it. */
  user?: string;
  /** For a call with all its retries; for streams, how long the server may be silent. */
  timeoutMs?: number;
}
