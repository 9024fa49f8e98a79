// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.NotSupportedException;
import dev.jetlane.PushReceipt;
import dev.jetlane.nats.wire.Frame;
import dev.jetlane.nats.wire.Wire;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The messages of a batch, and the meaning of its one answer. */
@Timeout(60)
class AtomicStoreTest {

  private record Message(String subject) implements Frame {
    @Override
    public byte[] body() {
      return new byte[0];
    }
  }

  private final AtomicStore batch =
      new AtomicStore(
          "a",
          Stream.of("a", "b", "c").map(Message::new).toList(),
          new PushWatch(new Semaphore(1), new Wire().monitor()));

  /** Returns the values of a header in one try, in the order of the messages. */
  private List<@Nullable String> tried(String header) {
    List<@Nullable String> values = new ArrayList<>();
    for (Frame before : batch.before()) {
      values.add(Objects.requireNonNull(before.headers()).getFirst(header));
    }
    values.add(batch.headers().getFirst(header));
    return values;
  }

  @Test
  void theLastMessageOfABatchCommitsIt() {
    assertThat(tried("Nats-Batch-Sequence")).containsExactly("1", "2", "3");
    assertThat(tried("Nats-Batch-Commit")).containsExactly(null, null, "1");
    assertThat(tried("Nats-Required-Api-Level")).containsExactly("2", "2", "2");
    assertThat(batch.before()).extracting(Frame::subject).containsExactly("a", "b");
    assertThat(batch.subject()).isEqualTo("c");
  }

  /** A server that misses a message of a batch drops the batch and remembers its id. */
  @Test
  void eachTryIsAnotherBatch() {
    List<@Nullable String> first = tried("Nats-Batch-Id");
    List<@Nullable String> second = tried("Nats-Batch-Id");
    assertThat(first).doesNotContainNull().containsOnly(first.get(0));
    assertThat(second).containsOnly(second.get(0)).doesNotContain(first.get(0));
  }

  private Request.Answer<PushReceipt> read(int errCode) {
    String text = "{\"error\":{\"code\":400,\"err_code\":%d,\"description\":\"as said\"}}";
    byte[] answer = text.formatted(errCode).getBytes(StandardCharsets.UTF_8);
    return batch.read(answer, 0, answer.length);
  }

  @Test
  void aRefusedBatchIsSentAgain() {
    for (int errCode : new int[] {10158, 10176, 10210}) {
      assertThat(read(errCode).again()).as("" + errCode).contains("" + errCode);
    }
  }

  @Test
  void aKnownIdMakesTheBatchADuplicate() {
    for (int errCode : new int[] {10071, 10164, 10201}) {
      assertThat(read(errCode).value()).as("" + errCode).isEqualTo(new PushReceipt("a", true));
    }
  }

  @Test
  void aStreamWithoutAtomicPushesReportsThat() {
    for (int errCode : new int[] {10174, 10185}) {
      assertThat(read(errCode).error())
          .as("" + errCode)
          .isInstanceOf(NotSupportedException.class)
          .hasMessageContaining("allow_atomic");
    }
  }
}
