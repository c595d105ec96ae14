// A figure: raw samples of ours and, measured in turn with them, of what it is held against; and the target, if it has one.

const sorted = (samples) => samples.toSorted((a, b) => a - b);

export function median(samples) {
  const values = sorted(samples);
  const middle = Math.floor(values.length / 2);
  return values.length % 2 === 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/** Median, least and greatest. */
export const spread = (samples) => ({ median: median(samples), min: Math.min(...samples), max: Math.max(...samples) });

/**
 * How many times theirs ours is, round by round: rounds alternate, so that what else the machine does at the time hits both.
 * `times` is 'ours/theirs' for throughput and costs, 'theirs/ours' where the samples are times and the figure is a speed.
 */
const ratios = ({ ours, theirs, times }) =>
  ours.map((value, round) => (times === 'theirs/ours' ? theirs[round] / value : value / theirs[round]));

/**
 * `what` and `unit` are for people; `against` says what theirs is; `target` is { least } or { most } of what is `judged`:
 * the 'ratio' where there is one, unless 'ours' is said.
 */
export function figure({ what, unit, ours, theirs, against, times = 'ours/theirs', target, judged = 'ratio' }) {
  const ratio = theirs === undefined ? undefined : spread(ratios({ ours, theirs, times }));
  const value = (judged === 'ratio' ? ratio : undefined) ?? spread(ours);
  return {
    what,
    unit,
    samples: { ours, theirs },
    ours: spread(ours),
    theirs: theirs === undefined ? undefined : spread(theirs),
    against,
    times: theirs === undefined ? undefined : times,
    ratio,
    target: target === undefined ? undefined : { ...target, of: value === ratio ? 'ratio' : 'ours' },
    reached: target === undefined ? undefined : reaches(value.median, target),
  };
}

const reaches = (value, { least, most }) =>
  (least === undefined || value >= least) && (most === undefined || value <= most);
