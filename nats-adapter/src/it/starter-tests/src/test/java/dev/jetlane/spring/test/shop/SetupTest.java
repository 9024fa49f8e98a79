package dev.jetlane.spring.test.shop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Partition;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.testing.NatsServer;
import dev.jetlane.spring.JetlaneAutoConfiguration;
import dev.jetlane.spring.JetlaneConnectionDetails;
import dev.jetlane.spring.NatsOptionsCustomizer;
import java.net.ServerSocket;
import org.apache.commons.logging.LogFactory;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetailsFactory;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.io.support.SpringFactoriesLoader;

/** What the properties make, and what they refuse. */
class SetupTest {

  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withConfiguration(AutoConfigurations.of(JetlaneAutoConfiguration.class));

  @Test
  void aRefusedValueNamesItsProperty() {
    runner
        .withPropertyValues("jetlane.lease=1ms", "jetlane.connect-patience=0s")
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .rootCause()
                    .isInstanceOfSatisfying(
                        InvalidConfigurationPropertyValueException.class,
                        refused -> assertThat(refused.getName()).isEqualTo("jetlane.lease")));
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
  void connectsAndMakesBeansOfPartitions() {
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
    assertThat(
            SpringFactoriesLoader.forDefaultResourceLocation()
                .load(
                    ConnectionDetailsFactory.class,
                    SpringFactoriesLoader.FailureHandler.logging(
                        LogFactory.getLog(SetupTest.class))))
        .extracting(factory -> factory.getClass().getSimpleName())
        .contains("NatsContainerConnection", "NatsComposeConnection");
  }
}
