import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;

/** One name node and one data node in this process, in the folder that is given; prints the address of WebHDFS when both answer. */
public final class MiniHdfs {
  /** So that a file of several MiB has several blocks. */
  private static final int BLOCK_BYTES = 4 << 20;

  public static void main(String[] args) throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, args[0]);
    configuration.setInt("dfs.blocksize", BLOCK_BYTES);
    configuration.setInt("dfs.namenode.fs-limits.min-block-size", BLOCK_BYTES);
    // Small pages, so that listings have several.
    configuration.setInt("dfs.ls.limit", 100);
    // How long the end of a file waits for the data node's report when that isn't there yet, the first time; 400 ms otherwise.
    configuration.setInt("dfs.client.block.write.locateFollowingBlock.initial.delay.ms", 5);
    // The waits double; together they are to last on a machine that has much else to do, too.
    configuration.setInt("dfs.client.block.write.locateFollowingBlock.retries", 12);
    MiniDFSCluster cluster = new MiniDFSCluster.Builder(configuration).numDataNodes(1).build();
    cluster.waitActive();
    System.out.println(cluster.getHttpUri(0));
  }
}
