// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.PushReceipt;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.QueueLayout;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.api.ServerInfo;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The meaning of each answer of a stream, for each request that stores or would store. */
class StoreAnswersTest {

  private static final PartitionAddress GPU =
      new QueueLayout("tasks", "jetlane", false, 1, 1, QueueLayout.OWN_API).address("gpu");

  private final StoreRequest store =
      new StoreRequest("t-1", "push of ", "a.b", Map.of(), new byte[0]);
  private final KnownId known = KnownId.ready(GPU, "t-1");
  private final KnownId delayed = KnownId.delayed(GPU, "t-1");

  /** Reads an answer inside of an array, as in the message of joined answers. */
  private static Request.Answer<PushReceipt> read(StoreRequest request, String text) {
    byte[] around = ("{\"error\"" + text + "\"duplicate\":true}").getBytes(StandardCharsets.UTF_8);
    return request.read(around, "{\"error\"".length(), text.length());
  }

  private static Request.Answer<PushReceipt> read(StoreRequest request, int code, int errCode) {
    return read(request, error(code, errCode, "as said"));
  }

  private static String error(int code, int errCode, String description) {
    return "{\"error\":{\"code\":%d,\"err_code\":%d,\"description\":\"%s\"},\"stream\":\"s\",\"seq\":0}"
        .formatted(code, errCode, description);
  }

  private static TaskQueueException errorOf(Request.Answer<PushReceipt> answer) {
    assertThat(answer.value()).isNull();
    assertThat(answer.again()).isNull();
    return Objects.requireNonNull(answer.error());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"stream\":\"s\", \"seq\":1}",
        "{\"stream\":\"s\",\"domain\":\"d\",\"seq\":10}",
        "{\"stream\":\"s\",\"seq\":10,\"domain\":\"d\"}",
      })
  void anAcknowledgementIsAStoredTask(String text) {
    assertThat(read(store, text).value()).isEqualTo(new PushReceipt("t-1", false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"stream\":\"s\",\"seq\":1,\"duplicate\": true}",
        "{\"stream\":\"s\",\"domain\":\"d\",\"seq\":1,\"duplicate\":true}",
        "{\"stream\":\"s\",\"seq\":1,\"duplicate\":true,\"domain\":\"d\"}",
      })
  void aDuplicateIsReportedAsOne(String text) {
    assertThat(read(store, text).value()).isEqualTo(new PushReceipt("t-1", true));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "+ACK", "{}", "{\"strea\"", "{\"x\":1}"})
  void anAnswerOfAnotherProgramIsRefused(String text) {
    assertThat(errorOf(read(store, text)))
        .isInstanceOf(QueueRejectedException.class)
        .hasMessage("push of t-1: the answer does not come from a stream");
  }

  @ParameterizedTest
  @ValueSource(ints = {10002, 10023, 10028, 10047})
  void aReachedLimitOfTheAccountOrTheServerIsAFullQueue(int errCode) {
    assertThat(errorOf(read(store, 500, errCode)))
        .isInstanceOf(QueueFullException.class)
        .hasMessage("push of t-1: as said (" + errCode + ")");
  }

  /** Only a limit of the stream passes when tasks are removed. */
  @Test
  void aStreamThatCannotStoreIsFullOnlyAtItsLimit() {
    assertThat(errorOf(read(store, error(503, 10077, "maximum messages exceeded"))))
        .isInstanceOf(QueueFullException.class)
        .hasMessage("push of t-1: maximum messages exceeded (10077)");
    assertThat(errorOf(read(store, error(503, 10077, "no space left on device"))))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessage("push of t-1: no space left on device (10077)");
    assertThat(errorOf(read(store, error(400, 10078, "maximum exceeded"))))
        .isInstanceOf(QueueRejectedException.class);
  }

  @Test
  void aPermanentRefusalHasTheCodeOfTheServer() {
    TaskQueueException error = errorOf(read(store, 400, 10054));
    assertThat(error).isInstanceOf(QueueRejectedException.class);
    assertThat(error.code()).hasValue(10054);
    assertThat(errorOf(read(store, 404, 10059))).isInstanceOf(QueueUnavailableException.class);
  }

  @Test
  void aStreamWithoutALeaderIsTriedAgain() {
    for (StoreRequest request : new StoreRequest[] {store, known, delayed}) {
      assertThat(read(request, 503, 10008).again()).isEqualTo("as said (10008)");
      assertThat(read(request, 409, 10158).again()).isEqualTo("as said (10158)");
    }
  }

  /** The condition on the last id is checked after the ids, so it says that the id is unknown. */
  @Test
  void theSearchOfAnIdReadsItsAnswerFromTheRefusal() {
    for (KnownId request : new KnownId[] {known, delayed}) {
      assertThat(read(request, 400, 10070).value()).isEqualTo(new PushReceipt("t-1", false));
      assertThat(read(request, 400, 10071).value()).isEqualTo(new PushReceipt("t-1", true));
      assertThat(read(request, 400, 10164).value()).isEqualTo(new PushReceipt("t-1", true));
      assertThat(read(request, "{\"stream\":\"s\",\"seq\":1,\"duplicate\":true}").value())
          .isEqualTo(new PushReceipt("t-1", true));
      assertThat(errorOf(read(request, 400, 10054))).hasMessageStartingWith("search for t-1: ");
    }
    assertThat(errorOf(read(store, 400, 10070))).isInstanceOf(QueueRejectedException.class);
    assertThat(errorOf(read(store, 400, 10071))).isInstanceOf(QueueRejectedException.class);
  }

  /** A search must never store its message. */
  @Test
  void theSearchOfAnIdHasAConditionThatIsNeverFulfilled() {
    assertThat(known.subject()).isEqualTo("jetlane.gpu");
    assertThat(delayed.subject()).isEqualTo(GPU.delayedSubject("t-1"));
    for (KnownId request : new KnownId[] {known, delayed}) {
      assertThat(request.headers().getFirst(WireHeaders.MESSAGE_ID)).isEqualTo("gpu/t-1");
      assertThat(request.headers().getFirst(WireHeaders.EXPECTED_LAST_ID))
          .isEqualTo(WireHeaders.NO_ID);
      assertThat(request.body()).isEmpty();
    }
    assertThat(known.headers().getFirst(WireHeaders.EXPECTED_LAST_ON_SUBJECT)).isNull();
    assertThat(delayed.headers().getFirst(WireHeaders.EXPECTED_LAST_ON_SUBJECT)).isEqualTo("0");
  }

  private final Semaphore permits = new Semaphore(0);
  private final PushWatch watch = new PushWatch(permits, new Wire().monitor());

  private TaskPush push(String id) {
    return new TaskPush(GPU, Task.of(id, ""), watch, Completion.none());
  }

  @Test
  void aStoredBatchHasTheReceiptOfItsFirstTask() {
    AtomicStore batch = new AtomicStore("t-1", List.of(push("t-1"), push("t-2")), watch);
    assertThat(batch.describe()).isEqualTo("atomic push of 2 tasks from t-1");
    assertThat(read(batch, "{\"stream\":\"s\",\"seq\":2}").value())
        .isEqualTo(new PushReceipt("t-1", false));
    assertThat(errorOf(read(batch, 500, 10047))).isInstanceOf(QueueFullException.class);
    assertThat(errorOf(read(batch, 400, 10054))).hasMessageStartingWith(batch.describe() + ": ");
  }

  @Test
  void theEndOfAPushReleasesItsPermit() {
    push("t-1").released(null);
    assertThat(permits.availablePermits()).isEqualTo(1);
    new AtomicStore("t-1", List.of(push("t-1"), push("t-2")), watch).released(null);
    assertThat(permits.availablePermits()).as("one for a batch").isEqualTo(2);
  }

  @Test
  void atomicPushesNeedTheirFirstServerVersion() {
    for (String version : new String[] {"2.12.1", "2.12.10", "2.15.0", "3.0.0"}) {
      assertThat(AtomicStore.isPossibleOn(server(version))).as(version).isTrue();
    }
    for (String version : new String[] {"2.12.0", "2.9.10", "2.11.9"}) {
      assertThat(AtomicStore.isPossibleOn(server(version))).as(version).isFalse();
    }
  }

  private static ServerInfo server(String version) {
    return new ServerInfo("INFO {\"server_id\":\"S\",\"version\":\"" + version + "\"}");
  }

  /** The fields of an error may be missing, or come in another order. */
  @Test
  void anErrorOfAnotherFormIsReadAsFarAsPossible() {
    String bare = "{\"error\":{\"code\":400,\"err_code\":10054}}";
    assertThat(errorOf(read(store, bare))).hasMessage("push of t-1: " + bare + " (10054)");
    String reordered = "{\"error\":{\"err_code\":10008,\"description\":\"later\",\"code\":503}}";
    assertThat(read(store, reordered).again()).isEqualTo("later (10008)");
    String old = "{\"error\":{\"code\": 503,\"description\": \"later\"}}";
    assertThat(read(store, old).again()).isEqualTo("later (0)");
  }

  /** An exception on the thread that reads the connection would end the connection. */
  @Test
  void aCodeThatIsTooLargeIsNoException() {
    String text = "{\"error\":{\"code\":99999999999,\"err_code\":99999999999999999999}}";
    for (StoreRequest request : new StoreRequest[] {store, known, delayed}) {
      assertThat(errorOf(read(request, text)))
          .isInstanceOf(QueueUnavailableException.class)
          .hasMessageContaining("999999999");
    }
  }
}
