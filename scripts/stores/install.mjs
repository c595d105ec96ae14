// The servers that the drivers of stores are tested with: Ceph and its S3 gateway, and Hadoop's HDFS.
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetupError, aptInstall, canInstallPackages, root, step, which } from '../step.mjs';

const CEPH = {
  programs: ['radosgw', 'radosgw-admin', 'ceph', 'ceph-mon', 'ceph-osd'],
  packages: ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph-common'],
};
const JAVA = { programs: ['javac', 'mvn'], packages: ['default-jdk-headless', 'maven'] };
/** A pinned plugin: the newest one may want a newer Maven. */
const CLASS_PATH_GOAL = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:build-classpath';

const FETCH_MS_MAX = 180_000;

const folder = join(root, 'build-tools');
const pom = join(root, 'scripts/stores/pom.xml');
const classPath = join(folder, 'hdfs.classpath');

export function setUpRgw() {
  setUpPrograms('The S3 store is tested with a Ceph object gateway', CEPH);
}

export function setUpHdfs() {
  setUpPrograms("The HDFS store is tested with Hadoop's", JAVA);
  if (classPathIsFresh()) return;
  mkdirSync(folder, { recursive: true });
  const options = ['-B', '-q', '-f', pom, `-Dmdep.outputFile=${classPath}`];
  step('Fetching Hadoop', 'mvn', [...options, CLASS_PATH_GOAL], {
    advice: 'Maven needs its repository for this.',
    timeoutMs: FETCH_MS_MAX,
  });
}

function classPathIsFresh() {
  const jars = readClassPath().split(delimiter);
  return jars.every((jar) => existsSync(jar)) && statSync(classPath).mtimeMs > statSync(pom).mtimeMs;
}

/** The packages of HDFS, in Maven's own folder. */
export function readClassPath() {
  return existsSync(classPath) ? readFileSync(classPath, 'utf8').trim() : '';
}

function setUpPrograms(purpose, { programs, packages }) {
  const missing = () => programs.filter((program) => which(program) === undefined);
  if (missing().length > 0 && canInstallPackages()) aptInstall(packages);
  if (missing().length === 0) return;
  throw new SetupError(
    `${purpose}: ${missing().join(', ')} missing. On Debian: sudo apt-get install ${packages.join(' ')}`,
  );
}
