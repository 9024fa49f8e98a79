// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring.test.shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.Partition;
import dev.jetlane.QueueAdmin;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.testing.NatsServer;
import dev.jetlane.spring.JetlaneAutoConfiguration;
import dev.jetlane.spring.JetlaneConnectionDetails;
import dev.jetlane.spring.JetlaneTracingAutoConfiguration;
import dev.jetlane.spring.NatsOptionsCustomizer;
import dev.jetlane.spring.TaskListener;
import dev.jetlane.spring.TaskListeners;
import dev.jetlane.spring.test.InMemoryAutoConfiguration;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.lang.reflect.Constructor;
import java.lang.reflect.Proxy;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.commons.logging.LogFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetailsFactory;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.docker.compose.core.ConnectionPorts;
import org.springframework.boot.docker.compose.core.ImageReference;
import org.springframework.boot.docker.compose.core.RunningService;
import org.springframework.boot.docker.compose.service.connection.DockerComposeConnectionSource;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.Environment;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.support.SpringFactoriesLoader;

/** The beans that the properties create, and the values that they refuse. */
class SetupTest {

  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withConfiguration(AutoConfigurations.of(JetlaneAutoConfiguration.class));

  private final ApplicationContextRunner inMemory =
      runner.withConfiguration(AutoConfigurations.of(InMemoryAutoConfiguration.class));

  @Test
  void aRefusedValueNamesItsProperty() {
    runner
        .withPropertyValues("jetlane.lease=1ms", "jetlane.connect-patience=0s")
        .run(context -> assertRefused(context, "jetlane.lease"));
  }

  @Test
  void aRefusedDefaultOfListenersNamesItsProperty() {
    runner
        .withPropertyValues("jetlane.worker.concurrency=0")
        .run(context -> assertRefused(context, "jetlane.worker.concurrency"));
  }

  @Test
  void aRefusedPartitionNamesItsProperty() {
    inMemory
        .withPropertyValues("jetlane.partitions=not a name")
        .run(context -> assertRefused(context, "jetlane.partitions"));
  }

  /** Otherwise the client would connect without it. */
  @Test
  void aPasswordNeedsAUser() {
    runner
        .withPropertyValues("jetlane.password=planted-7f3a9c", "jetlane.connect-patience=0s")
        .run(
            context -> {
              assertRefused(context, "jetlane.password");
              assertThat(context.getStartupFailure())
                  .hasStackTraceContaining("must come with jetlane.user")
                  .extracting(failure -> failure.toString() + failure.getCause())
                  .asString()
                  .doesNotContain("planted");
            });
  }

  private static void assertRefused(AssertableApplicationContext context, String property) {
    assertThat(context.getStartupFailure())
        .rootCause()
        .isInstanceOfSatisfying(
            InvalidConfigurationPropertyValueException.class,
            refused -> assertThat(refused.getName()).isEqualTo(property));
  }

  private static final class Orders {

    @TaskListener(partition = "orders")
    void order(ShopApplication.Order order) {}
  }

  private static final class Endless {

    final CountDownLatch started = new CountDownLatch(1);

    @TaskListener(partition = "orders")
    CompletionStage<Void> order(Delivery delivery) {
      started.countDown();
      return new CompletableFuture<>();
    }
  }

  private static final class Overloads {

    @TaskListener(partition = "orders")
    void on(byte[] order) {}

    @TaskListener(partition = "texts")
    void on(String text) {}
  }

  @Test
  void aListenerThatWouldHaveNoWorkerIsRefused() {
    inMemory
        .withBean("late", Orders.class, Orders::new, definition -> definition.setLazyInit(true))
        .withBean("many", Orders.class, Orders::new, definition -> definition.setScope("prototype"))
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThatThrownBy(() -> context.getBean("late"))
                  .rootCause()
                  .hasMessageContaining("bean late was created after the start of the workers");
              assertThatThrownBy(() -> context.getBean("many"))
                  .rootCause()
                  .hasMessageContaining("bean many must be a singleton");
            });
  }

  /** No other bean uses it, so that its tasks would wait, and no log would say so. */
  @Test
  void aListenerWorksWithLazyInitialization() {
    inMemory
        .withInitializer(
            context ->
                context.addBeanFactoryPostProcessor(
                    new LazyInitializationBeanFactoryPostProcessor()))
        .withBean(Texts.class)
        .run(
            context ->
                assertThat(context.getBean(TaskListeners.class).workers())
                    .containsOnlyKeys("Texts.text"));
  }

  /** A worker without an entry of its own would not be stopped, and is in no health. */
  @Test
  void eachListenerHasItsWorker() {
    inMemory
        .withBean("one", Overloads.class, Overloads::new)
        .withBean("two", Overloads.class, Overloads::new)
        .run(
            context ->
                assertThat(context.getBean(TaskListeners.class).workers())
                    .containsOnlyKeys(
                        "Overloads.on", "Overloads.on#2", "Overloads.on#3", "Overloads.on#4"));
  }

  /** A queue whose second partition refuses all calls. */
  private record Half(TaskQueue queue, AtomicInteger opened) implements TaskQueue {

    @Override
    public Partition partition(String name) {
      Partition partition = queue.partition(name);
      return opened.incrementAndGet() == 1
          ? partition
          : (Partition)
              Proxy.newProxyInstance(
                  Partition.class.getClassLoader(),
                  new Class<?>[] {Partition.class},
                  (proxy, method, arguments) -> {
                    throw new QueueRejectedException("second", null);
                  });
    }

    @Override
    public QueueAdmin admin() {
      return queue.admin();
    }

    @Override
    public Health health() {
      return queue.health();
    }

    @Override
    public void close() {
      queue.close();
    }
  }

  /** The caller has no workers that it could end. */
  @Test
  void noListenerWorksIfOneCannotStart() {
    inMemory
        .withBean(Overloads.class)
        .run(
            context -> {
              TaskQueue queue = context.getBean(TaskQueue.class);
              TaskListeners listeners = context.getBean(TaskListeners.class);
              listeners.stop();
              AtomicInteger opened = new AtomicInteger();
              assertThatThrownBy(() -> listeners.workOn(new Half(queue, opened)))
                  .isInstanceOf(QueueRejectedException.class);
              assertThat(opened).hasValue(2);
              assertThat(queue.admin().partitions())
                  .hasSize(2)
                  .allMatch(partition -> partition.waitingPulls() == 0);
            });
  }

  /** The clock of the test stands still, and the drain would wait for it forever. */
  @Test
  @Timeout(60)
  void theContextOfATestEndsBesideAnEndlessListener() {
    inMemory
        .withBean(Endless.class)
        .withPropertyValues("jetlane.worker.drain-timeout=100ms")
        .run(
            context -> {
              context.getBean(TaskQueue.class).partition("orders").push(Task.of("order-1", ""));
              context.getBean(Endless.class).started.await();
            });
  }

  private static final class Lost {

    @TaskListener(partition = "orders")
    Future<?> order(Delivery delivery) {
      return new FutureTask<>(() -> null);
    }
  }

  /** Otherwise the return of the method would ack a task whose work goes on. */
  @Test
  void aListenerWithALostResultFailsTheStart() {
    inMemory
        .withBean(Lost.class)
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .hasStackTraceContaining("returns void or a CompletionStage"));
  }

  /** Otherwise each of its tasks would be a dead letter. */
  @Test
  void aListenerWithoutACodecFailsTheStart() {
    inMemory
        .withBean(Orders.class)
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .hasStackTraceContaining("define a PayloadCodec bean"));
  }

  private static final class Texts {

    @TaskListener(
        partition = "texts",
        concurrency = "${texts.concurrency:1}",
        autoStartup = "${texts.enabled:true}")
    void text(String text) {}
  }

  /** Otherwise a misspelled switch would silently start no worker. */
  @Test
  void aMisspelledAttributeFailsTheStartAndIsNamed() {
    inMemory
        .withBean(Texts.class)
        .withPropertyValues("texts.enabled=ture")
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .hasStackTraceContaining(
                        "Texts.text: autoStartup \"ture\" must be true or false"));
    inMemory
        .withBean(Texts.class)
        .withPropertyValues("texts.concurrency=two")
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .hasStackTraceContaining(
                        "Texts.text: concurrency \"two\" must be a whole number"));
  }

  @Test
  void aListenerIsSwitchedAsAPropertyOfSpringBoot() {
    inMemory
        .withBean(Texts.class)
        .withPropertyValues("texts.enabled=on")
        .run(context -> assertThat(context.getBean(TaskListeners.class).workers()).hasSize(1));
    inMemory
        .withBean(Texts.class)
        .withPropertyValues("texts.enabled=off")
        .run(context -> assertThat(context.getBean(TaskListeners.class).workers()).isEmpty());
  }

  @Test
  void spansUseTheTelemetryOfTheApplication() {
    InMemorySpanExporter spans = InMemorySpanExporter.create();
    SdkTracerProvider provider =
        SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(spans)).build();
    inMemory
        .withConfiguration(AutoConfigurations.of(JetlaneTracingAutoConfiguration.class))
        .withBean(
            OpenTelemetry.class,
            () -> OpenTelemetrySdk.builder().setTracerProvider(provider).build())
        .run(
            context -> {
              context.getBean(TaskQueue.class).partition("gpu").push(Task.of("task-1", ""));
              assertThat(spans.getFinishedSpanItems())
                  .extracting(SpanData::getName)
                  .containsExactly("push gpu");
            });
  }

  @Test
  void aRefusedSecretIsNotShown() {
    runner
        .withPropertyValues(
            "jetlane.url=http://planted-7f3a9c@nowhere", "jetlane.connect-patience=0s")
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .rootCause()
                    .isInstanceOf(InvalidConfigurationPropertyValueException.class)
                    .hasMessageContaining("jetlane.url")
                    .message()
                    .doesNotContain("planted"));
  }

  @Test
  void waitsForAServerThatStartsLater() throws Exception {
    try (NatsServer server = NatsServer.start()) {
      server.stop();
      Thread later = new Thread(server::restart);
      runner
          .withPropertyValues("jetlane.url=" + server.url(), "jetlane.stream=later")
          .withBean(
              NatsOptionsCustomizer.class,
              () ->
                  options -> {
                    later.start();
                    return options;
                  })
          .run(context -> assertThat(context.getBean(TaskQueue.class).health().live()).isTrue());
      later.join();
    }
  }

  @Test
  void givesUpWhenItsPatienceEnds() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    runner
        .withPropertyValues(
            "jetlane.url=nats://127.0.0.1:" + port, "jetlane.connect-patience=300ms")
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .hasStackTraceContaining(QueueUnavailableException.class.getName()));
  }

  @Test
  void connectsAndCreatesBeansForPartitions() {
    try (NatsServer server = NatsServer.start()) {
      runner
          .withPropertyValues("jetlane.partitions=gpu,cpu", "jetlane.stream=setup")
          .withBean(JetlaneConnectionDetails.class, () -> server::url)
          .run(
              context -> {
                assertThat(context.getBeansOfType(Partition.class))
                    .containsOnlyKeys("gpuPartition", "cpuPartition");
                assertThat(context.getBean(TaskQueue.class).health().ready()).isTrue();
                assertThat(context.getBean(NatsOptions.class).toString()).contains("setup");
              });
    }
  }

  @Test
  void serviceConnectionsAreFound() {
    assertThat(connections())
        .extracting(factory -> factory.getClass().getSimpleName())
        .contains("NatsContainerConnection", "NatsComposeConnection");
  }

  @Test
  void aComposeServiceOfANatsImageProvidesTheUrl() throws Exception {
    assertThat(compose("nats:2.10")).containsExactly("nats://127.0.0.1:14222");
    assertThat(compose("redis:7")).isEmpty();
  }

  @SuppressWarnings("rawtypes")
  private static List<ConnectionDetailsFactory> connections() {
    return SpringFactoriesLoader.forDefaultResourceLocation()
        .load(
            ConnectionDetailsFactory.class,
            SpringFactoriesLoader.FailureHandler.logging(LogFactory.getLog(SetupTest.class)));
  }

  /** The URLs that the connection factories derive from a service of {@code compose.yaml}. */
  @SuppressWarnings({"rawtypes", "unchecked"})
  private static List<String> compose(String image) throws Exception {
    Constructor<DockerComposeConnectionSource> constructor =
        DockerComposeConnectionSource.class.getDeclaredConstructor(
            RunningService.class, Environment.class);
    constructor.setAccessible(true);
    DockerComposeConnectionSource source =
        constructor.newInstance(new Service(image), new StandardEnvironment());
    List<String> urls = new ArrayList<>();
    for (ConnectionDetailsFactory factory : connections()) {
      if (factory.getClass().getSimpleName().equals("NatsComposeConnection")
          && factory.getConnectionDetails(source) instanceof JetlaneConnectionDetails details) {
        urls.add(details.url());
      }
    }
    return urls;
  }

  private record Service(String reference) implements RunningService {

    @Override
    public String name() {
      return "the-service";
    }

    @Override
    public ImageReference image() {
      return ImageReference.of(reference);
    }

    @Override
    public String host() {
      return "127.0.0.1";
    }

    @Override
    public ConnectionPorts ports() {
      return new ConnectionPorts() {
        @Override
        public int get(int containerPort) {
          return 10_000 + containerPort;
        }

        @Override
        public List<Integer> getAll() {
          return List.of();
        }

        @Override
        public List<Integer> getAll(String protocol) {
          return List.of();
        }
      };
    }

    @Override
    public Map<String, String> env() {
      return Map.of();
    }

    @Override
    public Map<String, String> labels() {
      return Map.of();
    }
  }
}
