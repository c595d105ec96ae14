/** What came of bringing versions from one repository into another. */

/** What was left alone, because both sides have changed it. */
export interface TransferConflict {
  /** A key, or `label` and a label's name. */
  key: string;
  /** Newest versions; for a label the repository versions it stands for. */
  from: number | undefined;
  to: number | undefined;
  /** The first version that differs, or can't be brought. */
  first: number;
  what: string;
}

export interface TransferProgress {
  /** That were compared. */
  keys: number;
  /** That were brought. */
  versions: number;
  /** Of their values. */
  bytes: number;
}

export interface TransferReport extends TransferProgress {
  /** The newest repository version that both sides have now. */
  repository: number | undefined;
  /** That were made or moved. */
  labels: number;
  conflicts: TransferConflict[];
}
