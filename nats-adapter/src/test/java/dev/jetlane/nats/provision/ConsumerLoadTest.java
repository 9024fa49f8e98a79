// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.provision;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.QueueLayout;
import io.nats.client.api.ServerInfo;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The warning about too many partitions of a stream. */
class ConsumerLoadTest {

  private static final QueueLayout LAYOUT =
      new QueueLayout("s", "s", false, 1, 1, QueueLayout.OWN_API);

  private final List<String> told = new ArrayList<>();

  private ConsumerLoad on(String version) {
    return new ConsumerLoad(
        new ServerInfo("INFO {\"server_id\":\"x\",\"version\":\"" + version + "\"}"), told::add);
  }

  private static PartitionAddress address(String stream, String partition) {
    return new QueueLayout(stream, "s", false, 1, 1, QueueLayout.OWN_API).address(partition);
  }

  @ParameterizedTest
  @CsvSource({"2.10.27, false", "2.12.4, false", "2.12.5, true", "2.15.0, true"})
  void onlyAServerThatBecomesSlowerIsWarnedOf(String version, boolean warns) {
    ConsumerLoad load = on(version);
    load.opened(LAYOUT.address("p"));
    load.counted("s", 17);
    assertThat(told).hasSize(warns ? 1 : 0);
    assertThat(load.warnings()).hasSize(warns ? 1 : 0);
  }

  /** The larger number counts: that of the server is older, and the client opens only some. */
  @Test
  void theLargerOfBothNumbersCounts() {
    ConsumerLoad load = on("2.15.0");
    for (int i = 1; i <= 17; i++) {
      assertThat(load.warnings()).as("before partition %s", i).isEmpty();
      load.opened(LAYOUT.address("p" + i));
      load.opened(LAYOUT.address("p" + i));
      load.counted("s", 1);
    }
    assertThat(load.warnings())
        .containsExactly(
            "stream s has 17 partitions; the server becomes slower with each one above 16 a stream:"
                + " spread them over more streams (NatsOptions.withStreams)");
    load.counted("s", 40);
    assertThat(load.warnings()).singleElement().asString().contains("stream s has 40 partitions");
    load.counted("s", 3);
    assertThat(load.warnings()).singleElement().asString().contains("stream s has 17 partitions");
  }

  /** Each stream is logged when it has too many, once; health shows the current numbers. */
  @Test
  void eachStreamIsLoggedOnce() {
    ConsumerLoad load = on("2.15.0");
    for (int round = 1; round <= 2; round++) {
      for (String stream : List.of("b", "a")) {
        load.opened(address(stream, "p"));
        load.counted(stream, 16);
        load.counted(stream, 16 + round);
      }
    }
    assertThat(told).hasSize(2);
    assertThat(told.get(0)).startsWith("stream b has 17 partitions");
    assertThat(told.get(1)).startsWith("stream a has 17 partitions");
    assertThat(load.warnings()).hasSize(2);
    assertThat(load.warnings().get(0)).startsWith("stream a has 18 partitions");
    assertThat(load.warnings().get(1)).startsWith("stream b has 18 partitions");
    load.counted("a", 16);
    assertThat(load.warnings()).singleElement().asString().startsWith("stream b has 18");
  }

  @Test
  void aPriorityIsAConsumerToo() {
    ConsumerLoad load = on("2.15.0");
    QueueLayout nine = LAYOUT.withPriorities(9);
    nine.addresses("p").forEach(load::opened);
    assertThat(load.warnings()).isEmpty();
    nine.addresses("q").forEach(load::opened);
    assertThat(load.warnings()).hasSize(1);
  }
}
