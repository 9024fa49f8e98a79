// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import com.example.HangingHandler;
import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Puller;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * Runs the classes below like tests of a user. They are nested, and named so that no build runs
 * them directly.
 */
class JetlaneExtensionTest {

  private static TestExecutionSummary run(Class<?> testClass) {
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectClass(testClass))
            .configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
            .configurationParameter("junit.jupiter.execution.parallel.mode.default", "concurrent")
            .build();
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create().execute(request, listener);
    return listener.getSummary();
  }

  private static void assertPasses(Class<?> testClass, int tests) {
    TestExecutionSummary summary = run(testClass);
    assertThat(summary.getFailures()).map(failure -> failure.getException()).isEmpty();
    assertThat(summary.getTestsSucceededCount()).isEqualTo(tests);
  }

  private static Throwable failure(Class<?> testClass) {
    List<TestExecutionSummary.Failure> failures = run(testClass).getFailures();
    assertThat(failures).hasSize(1);
    return failures.get(0).getException();
  }

  @Test
  void parametersOfOneTestBelongTogether() {
    assertPasses(Parameters.class, 2);
  }

  @ExtendWith(JetlaneExtension.class)
  static class Parameters {

    private final InMemoryServer server;

    Parameters(InMemoryServer server) {
      this.server = server;
    }

    @BeforeEach
    void push(TaskQueue queue) {
      queue.partition("p").push(Task.of("a", "x"));
    }

    @Test
    void shareAServer(
        TaskQueue queue, ManualClock clock, Faults faults, InMemoryServer same, TestInfo ofJunit) {
      assertThat(ofJunit.getDisplayName()).contains("shareAServer");
      assertThat(same).isSameAs(server);
      assertThat(same.faults()).isSameAs(faults);
      assertThat(same.tasks("p")).hasSize(1);
      Duration window = QueueConfig.defaults().dedupWindow();
      assertThat(queue.partition("p").push(Task.of("a", "x")).duplicate()).isTrue();
      clock.advance(window);
      assertThat(queue.partition("p").push(Task.of("a", "x")).duplicate()).isFalse();
    }

    @Test
    void areNotThoseOfAnotherTest(InMemoryServer mine) {
      assertThat(mine.tasks("p")).hasSize(1);
    }

    @AfterEach
    void theQueueIsStillOpen(TaskQueue queue) {
      assertThat(queue.health().ready()).isTrue();
    }
  }

  @Test
  void nestedTestsHaveServersOfTheirOwn() {
    assertPasses(Outer.class, 2);
  }

  @ExtendWith(JetlaneExtension.class)
  static class Outer {

    private static final Set<InMemoryServer> SEEN = ConcurrentHashMap.newKeySet();

    @BeforeEach
    void push(TaskQueue queue) {
      queue.partition("p").push(Task.of("a", "x"));
    }

    @Test
    void outer(InMemoryServer server) {
      assertThat(SEEN.add(server)).isTrue();
      assertThat(server.tasks("p")).hasSize(1);
    }

    @Nested
    class Inner {
      @Test
      void inner(InMemoryServer server) {
        assertThat(SEEN.add(server)).isTrue();
        assertThat(server.tasks("p")).hasSize(1);
      }
    }
  }

  @Test
  void aClassMayShareAServer() {
    assertPasses(PerClass.class, 3);
    assertPasses(BeforeAllMethod.class, 2);
  }

  @ExtendWith(JetlaneExtension.class)
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  static class PerClass {

    private final InMemoryServer server;

    PerClass(InMemoryServer server) {
      this.server = server;
    }

    @Test
    void one(InMemoryServer same) {
      assertThat(same).isSameAs(server);
    }

    @Test
    void two(TaskQueue queue) {
      assertThat(queue.health().ready()).isTrue();
    }

    @Nested
    class Inner {
      @Test
      void three(InMemoryServer same) {
        assertThat(same).isSameAs(server);
      }
    }
  }

  @ExtendWith(JetlaneExtension.class)
  static class BeforeAllMethod {

    @BeforeAll
    static void push(TaskQueue queue) {
      queue.partition("p").push(Task.of("a", "x"));
    }

    @Test
    void one(InMemoryServer server) {
      assertThat(server.tasks("p")).hasSize(1);
    }

    @Test
    void two(InMemoryServer server) {
      assertThat(server.tasks("p")).hasSize(1);
    }
  }

  @Test
  void aTestThatLeaksFails() {
    assertThat(failure(Leaking.class))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("unsettled delivery: p/a (attempt 1), held by puller 1")
        .hasMessageContaining("+0s p/a: stored");
    assertThatThrownBy(() -> Objects.requireNonNull(Leaking.used).partition("p"))
        .as("the queue is closed, so that no worker continues")
        .isInstanceOf(QueueClosedException.class);
  }

  @ExtendWith(JetlaneExtension.class)
  static class Leaking {

    static @Nullable TaskQueue used;

    @Test
    void leaks(TaskQueue queue) throws InterruptedException {
      used = queue;
      queue.partition("p").push(Task.of("a", "x"));
      try (Puller puller = queue.partition("p").puller()) {
        List<Delivery> forgotten = puller.pull(1, Duration.ZERO);
        assertThat(forgotten).hasSize(1);
      }
    }
  }

  @Test
  void aClassThatLeaksFails() {
    assertThat(failure(LeakingClass.class)).hasMessageContaining("unclosed puller: puller 1");
  }

  @ExtendWith(JetlaneExtension.class)
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  static class LeakingClass {

    private final Puller puller;

    LeakingClass(TaskQueue queue) {
      puller = queue.partition("p").puller();
    }

    @Test
    void pulls() throws InterruptedException {
      assertThat(puller.pull(1, Duration.ZERO)).isEmpty();
    }
  }

  @Test
  void theLeakCheckCanBeTurnedOff() {
    assertPasses(Lax.class, 1);
  }

  static class Lax {

    @RegisterExtension
    static final JetlaneExtension JETLANE =
        new JetlaneExtension()
            .withConfig(QueueConfig.defaults().withMaxTasks(1))
            .withoutLeakCheck();

    @Test
    void leaks(TaskQueue queue, InMemoryServer server) {
      assertThat(queue.partition("p").puller()).isNotNull();
      assertThat(server.leaks()).hasSize(1);
      assertThat(server.connect(QueueConfig.defaults().withMaxTasks(1)).partition("p").name())
          .isEqualTo("p");
    }
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        Failing.class,
        FailingBeforeAll.class,
        FailingBefore.class,
        FailingAfter.class,
        FailingAfterAll.class
      })
  void aFailureCarriesTheEvents(Class<?> testClass) {
    Throwable failure = failure(testClass);

    assertThat(failure).hasMessage("as planned");
    assertThat(Arrays.stream(failure.getSuppressed()).map(Throwable::getMessage))
        .singleElement()
        .asString()
        .startsWith("events of the queue:")
        .contains("\n  +0s p/a: stored");
  }

  @ExtendWith(JetlaneExtension.class)
  static class Failing {
    @Test
    void fails(TaskQueue queue) {
      queue.partition("p").push(Task.of("a", "x"));
      // Also leaves a puller open: the report must show the failure of the test, not the leak.
      assertThat(queue.partition("p").puller()).isNotNull();
      throw new AssertionError("as planned");
    }
  }

  abstract static class WithTest {
    @Test
    void passes() {
      assertThat(true).isTrue();
    }
  }

  @ExtendWith(JetlaneExtension.class)
  static class FailingBeforeAll extends WithTest {
    @BeforeAll
    static void fails(TaskQueue queue) {
      queue.partition("p").push(Task.of("a", "x"));
      throw new AssertionError("as planned");
    }
  }

  @ExtendWith(JetlaneExtension.class)
  static class FailingBefore extends WithTest {
    @BeforeEach
    void fails(TaskQueue queue) {
      queue.partition("p").push(Task.of("a", "x"));
      throw new AssertionError("as planned");
    }
  }

  @ExtendWith(JetlaneExtension.class)
  static class FailingAfter {
    @Test
    void pushes(TaskQueue queue) {
      assertThat(queue.partition("p").push(Task.of("a", "x")).duplicate()).isFalse();
    }

    @AfterEach
    void fails() {
      throw new AssertionError("as planned");
    }
  }

  @ExtendWith(JetlaneExtension.class)
  static class FailingAfterAll extends WithTest {
    @BeforeAll
    static void shares(TaskQueue queue) {
      queue.partition("p").push(Task.of("a", "x"));
    }

    @AfterAll
    static void fails() {
      throw new AssertionError("as planned");
    }
  }

  @Test
  void testsWithoutParametersAreUnaffected() {
    assertPasses(Indifferent.class, 1);
  }

  @ExtendWith(JetlaneExtension.class)
  static class Indifferent {
    @Test
    void passes() {
      assertThat(true).isTrue();
    }
  }

  @Test
  void theQueueOfATestIsClosedAtItsEnd() {
    Closed.queues.clear();
    assertPasses(Closed.class, 2);
    assertThat(Closed.queues)
        .hasSize(2)
        .allSatisfy(
            queue ->
                assertThatThrownBy(() -> queue.partition("p"))
                    .isInstanceOf(QueueClosedException.class));
  }

  @ExtendWith(JetlaneExtension.class)
  static class Closed {

    static final List<TaskQueue> queues = new CopyOnWriteArrayList<>();

    @Test
    void one(TaskQueue queue) {
      queues.add(queue);
    }

    @Test
    void two(TaskQueue queue) {
      queues.add(queue);
    }
  }

  @Test
  void theQueueOfAClassIsClosedAtItsEnd() {
    ClosedClass.queues.clear();
    assertPasses(ClosedClass.class, 1);
    assertThatThrownBy(() -> ClosedClass.queues.get(0).partition("p"))
        .isInstanceOf(QueueClosedException.class);
  }

  @ExtendWith(JetlaneExtension.class)
  static class ClosedClass {

    static final List<TaskQueue> queues = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void open(TaskQueue queue) {
      queues.add(queue);
    }

    @Test
    void uses(TaskQueue queue) {
      assertThat(queues).containsExactly(queue);
    }
  }

  @Test
  void aLeakIsNoFailureOfATestThatFailedWithoutTheQueue() {
    assertThat(failure(FailingAlone.class)).hasMessage("as planned").hasNoSuppressedExceptions();
  }

  @ExtendWith(JetlaneExtension.class)
  static class FailingAlone {
    @Test
    void fails() {
      throw new AssertionError("as planned");
    }
  }

  @Test
  @SuppressWarnings("NullAway") // Passing null is the purpose of this test.
  void badSettingsAreRefused() {
    JetlaneExtension extension = new JetlaneExtension();
    for (Runnable call :
        List.<Runnable>of(
            () -> extension.withConfig(null),
            () -> extension.withListeners((QueueListener[]) null),
            () -> extension.withListeners(new QueueListener() {}, null))) {
      assertThatThrownBy(call::run).isInstanceOf(InvalidInputException.class);
    }
  }

  /** A test whose handler does not end shows where the handler is. */
  @Test
  void aFailureShowsTheHandlersThatRun() {
    Throwable failure = failure(FailingBesideAHandler.class);
    assertThat(failure).hasMessage("as planned");
    assertThat(failure.getSuppressed()[0].getMessage())
        .contains("handler on thread ")
        .contains("com.example.HangingHandler.handle");
  }

  @ExtendWith(JetlaneExtension.class)
  static class FailingBesideAHandler {
    private static final HangingHandler HANDLER = new HangingHandler();

    @Test
    void fails(TaskQueue queue) throws InterruptedException {
      queue.partition("p").push(Task.of("a", "x"));
      var worker = queue.partition("p").work(HANDLER, WorkerOptions.concurrency(1));
      HANDLER.began.await();
      assertThat(worker.running()).isEqualTo(1);
      throw new AssertionError("as planned");
    }

    @AfterEach
    void end() {
      HANDLER.mayEnd.countDown();
    }
  }

  /** Each test of a class has its own clock, queue and server, also one after the other. */
  @Test
  void noTestSeesTheClockOrTheFaultsOfTheOneBefore() {
    assertPasses(Repeating.class, 3);
  }

  @ExtendWith(JetlaneExtension.class)
  static class Repeating {
    @RepeatedTest(3)
    void isNew(TaskQueue queue, ManualClock clock, Faults faults, InMemoryServer server) {
      assertThat(clock.now()).isEqualTo(ManualClock.DEFAULT_START);
      assertThat(server.events()).isEmpty();
      assertThat(faults.happened()).isZero();
      assertThat(queue.partition("p").push(Task.of("a", "x")).duplicate()).isFalse();
      clock.advance(Duration.ofDays(1));
      faults.full(true);
    }
  }
}
