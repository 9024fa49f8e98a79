// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring.test.shop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.TaskQueue;
import dev.jetlane.spring.JetlaneConnectionDetails;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.testcontainers.context.ImportTestcontainers;
import org.springframework.boot.testcontainers.service.connection.ServiceConnection;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.testcontainers.containers.GenericContainer;

/**
 * A context connects to a server that Testcontainers or Docker Compose started, without a URL among
 * its properties. {@code .ci/with-docker} sets the variable.
 */
@EnabledIfEnvironmentVariable(named = ServicesTest.IMAGE, matches = ".+")
@Timeout(300)
class ServicesTest {

  static final String IMAGE = "JETLANE_COMPOSE_IMAGE";

  @TempDir private Path folder;

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Empty {}

  @Configuration(proxyBeanMethods = false)
  static class ByName {

    @Bean
    @ServiceConnection("nats")
    GenericContainer<?> server() {
      return container();
    }
  }

  /** Spring Boot knows the image of a field, but not of a bean. */
  @Configuration(proxyBeanMethods = false)
  @ImportTestcontainers(Fields.class)
  static class ByImage {}

  interface Fields {
    @ServiceConnection GenericContainer<?> SERVER = container();
  }

  private static GenericContainer<?> container() {
    return new GenericContainer<>(System.getenv(IMAGE)).withExposedPorts(4222).withCommand("-js");
  }

  @Test
  void aContainerWithTheNameOfTheConnectionProvidesTheUrl() {
    start(ByName.class);
  }

  @Test
  void aContainerOfANatsImageProvidesTheUrl() {
    start(ByImage.class);
  }

  @Test
  void theComposeFileOfTheDocumentationProvidesTheUrl() throws Exception {
    Path file = Path.of(System.getProperty("jetlane.root"), "nats-adapter/docs/compose.yaml");
    Path environment = folder.resolve("environment");
    Files.writeString(
        environment,
        "NATS_IMAGE=%s%nNATS_PORT=%d%nNATS_MONITORING_PORT=%d%n"
            .formatted(System.getenv(IMAGE), freePort(), freePort()));
    start(
        Empty.class,
        "--spring.docker.compose.enabled=true",
        "--spring.docker.compose.skip.in-tests=false",
        "--spring.docker.compose.file=" + file,
        "--spring.docker.compose.arguments=--env-file=" + environment,
        "--spring.docker.compose.stop.command=down",
        "--spring.docker.compose.stop.arguments=-v");
  }

  private static void start(Class<?> services, String... arguments) {
    try (ConfigurableApplicationContext context =
        new SpringApplicationBuilder(Empty.class, services)
            .web(WebApplicationType.NONE)
            .run(arguments)) {
      TaskQueue queue = context.getBean(TaskQueue.class);
      assertThat(context.getEnvironment().containsProperty("jetlane.url")).isFalse();
      assertThat(context.getBean(JetlaneConnectionDetails.class).url()).startsWith("nats://");
      assertThat(queue.health().ready()).isTrue();
    }
  }

  private static int freePort() throws Exception {
    try (ServerSocket free = new ServerSocket(0)) {
      return free.getLocalPort();
    }
  }
}
