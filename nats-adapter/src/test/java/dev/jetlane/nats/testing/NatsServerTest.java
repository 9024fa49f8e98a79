// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.nats.client.AuthenticationException;
import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.StreamConfiguration;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** The launcher, tested with the server that this machine has. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class NatsServerTest {
  private static final String USERS =
      "authorization { users = [ { user: worker, password: secret } ] }\n";

  @Test
  void startsAndIsReachableAndReportsItsVersion() throws Exception {
    try (NatsServer server = NatsServer.start();
        Connection connection = Jnats.connect(server.url())) {
      assertThat(server.version())
          .matches("\\d+\\.\\d+\\.\\d+.*")
          .isEqualTo(connection.getServerInfo().getVersion());
      assertThat(connection.jetStreamManagement().getAccountStatistics()).isNotNull();
    }
  }

  @Test
  void twoServersRunSideBySide() {
    try (NatsServer one = managed(NatsConfig.defaults());
        NatsServer other = managed(NatsConfig.defaults())) {
      assertThat(one.url()).isNotEqualTo(other.url());
    }
  }

  @Test
  void aMessageSurvivesKillAndRestartUnderTheSameAddress() throws Exception {
    try (NatsServer server = managed(NatsConfig.defaults().withMonitoring())) {
      String url = server.url();
      String monitoringUrl = server.monitoringUrl();
      try (Connection connection = Jnats.connect(url)) {
        connection
            .jetStreamManagement()
            .addStream(StreamConfiguration.builder().name("kept").subjects("kept").build());
        connection.jetStream().publish("kept", bytes("still here"));
      }
      server.kill();
      server.kill();
      assertThatThrownBy(() -> ServerInfo.read(url)).isInstanceOf(IOException.class);

      server.restart();
      assertThat(server.url()).isEqualTo(url);
      assertThat(server.monitoringUrl()).isEqualTo(monitoringUrl);
      assertThat(stored(url)).isEqualTo("still here");

      server.restart();
      assertThat(stored(url)).isEqualTo("still here");
    }
  }

  @Test
  void aPausedServerIsSilentUntilItIsResumed() throws Exception {
    try (NatsServer server = managed(NatsConfig.defaults());
        Connection connection = Nats.connect(quiet(server.url()).build())) {
      server.pause();
      assertThatThrownBy(() -> connection.flush(Duration.ofMillis(200)))
          .isInstanceOf(TimeoutException.class);
      server.resume();
      connection.flush(Duration.ofSeconds(10));
    }
  }

  @Test
  void monitoringAnswersOnlyIfConfigured() throws Exception {
    try (NatsServer server = managed(NatsConfig.defaults().withMonitoring())) {
      URI health = URI.create(server.monitoringUrl() + "/healthz");
      assertThat(
              HttpClient.newHttpClient()
                  .send(HttpRequest.newBuilder(health).build(), BodyHandlers.ofString())
                  .body())
          .contains("ok");
    }
    try (NatsServer server = NatsServer.start()) {
      assertThatThrownBy(server::monitoringUrl).isInstanceOf(IllegalStateException.class);
    }
  }

  /** jnats logs errors by default; errors that a test provokes do not belong in a build's log. */
  private static Options.Builder quiet(String url) {
    return Jnats.options(url).errorListener(new ErrorListener() {});
  }

  @Test
  void theServerReadsTheConfigurationText() throws Exception {
    try (NatsServer server = managed(NatsConfig.defaults().withText(USERS))) {
      // jnats reports the refusal at the end of this time.
      Options stranger = quiet(server.url()).connectionTimeout(Duration.ofSeconds(5)).build();
      assertThatThrownBy(() -> Nats.connect(stranger)).isInstanceOf(AuthenticationException.class);
      Options worker =
          quiet(server.url()).userInfo("worker".toCharArray(), "secret".toCharArray()).build();
      try (Connection connection = Nats.connect(worker)) {
        assertThat(connection.getStatus()).isEqualTo(Connection.Status.CONNECTED);
      }
    }
  }

  @Test
  void closeLeavesNoProcessAndNoFolder() {
    LocalServer server = LocalServer.start(binary(), NatsConfig.defaults());
    ProcessHandle process = server.processHandle();
    Path folder = server.path();
    assertThat(process.isAlive()).isTrue();
    assertThat(folder).isDirectory();

    server.pause();
    server.close();
    server.close();
    assertThat(process.isAlive()).isFalse();
    assertThat(folder).doesNotExist();
    assertThatThrownBy(server::restart).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void theEndOfAJvmEndsItsServers() throws Exception {
    Process jvm = forgetful();
    jvm.getOutputStream().close();
    BufferedReader answer = jvm.inputReader(StandardCharsets.UTF_8);
    long pid = Long.parseLong(answer.readLine());
    Path folder = Path.of(answer.readLine());
    assertThat(jvm.waitFor()).isZero();
    assertThat(ProcessHandle.of(pid)).isEmpty();
    assertThat(folder).doesNotExist();
  }

  /**
   * SIGKILL, as by Surefire at its limit or by the kernel without memory: no shutdown hook runs.
   */
  @Test
  void aKillOfAJvmEndsItsServers() throws Exception {
    Process jvm = forgetful();
    BufferedReader answer = jvm.inputReader(StandardCharsets.UTF_8);
    ProcessHandle server = ProcessHandle.of(Long.parseLong(answer.readLine())).orElseThrow();
    Path folder = Path.of(answer.readLine());
    assertThat(server.isAlive()).isTrue();

    jvm.destroyForcibly();
    server.onExit().get(30, TimeUnit.SECONDS);
    while (Files.exists(folder)) {
      Pauses.brief();
    }
  }

  /** The JVM ended before the shell became the server. */
  @Test
  void aServerThatStartsAfterItsGuardianWasCalledDoesNotStart() throws Exception {
    ServerFolder folder = ServerFolder.create("");
    assertThat(shell(ServerProcess.END, folder)).isEmpty();
    assertThat(folder.path()).doesNotExist();
    assertThat(shell(ServerProcess.NOTE, folder)).doesNotContain("started");
    assertThat(folder.path()).doesNotExist();
  }

  /** The server ended long ago, and its process id belongs to another process. */
  @Test
  void aGuardianEndsNoOtherProcess() throws Exception {
    ServerFolder folder = ServerFolder.create("");
    Process other = new ProcessBuilder("sleep", "600").start();
    Files.writeString(folder.path().resolve("pid"), other.pid() + "\n");
    try {
      assertThat(shell(ServerProcess.END, folder)).isEmpty();
      assertThat(folder.path()).doesNotExist();
      assertThat(other.isAlive()).isTrue();
    } finally {
      other.destroy();
    }
  }

  private static String shell(String script, ServerFolder folder) throws Exception {
    Process shell =
        new ProcessBuilder("sh", "-c", script, folder.path().toString(), "echo", "started").start();
    String said = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    shell.waitFor();
    return said;
  }

  /** Prints the process and the folder of its server, and ends with its input. */
  private static Process forgetful() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Forgetful.class.getName(),
            binary().toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  @Test
  void aFailedStartShowsTheEndOfTheLogAndLeavesNoProcess() {
    Path binary = binary();
    long before = ProcessHandle.current().children().count();
    assertThatThrownBy(
            () -> NatsServer.start(binary, NatsConfig.defaults().withText("no_such_option {")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Parse error");
    assertThat(ProcessHandle.current().children().count()).isEqualTo(before);
  }

  @Test
  void anExternalServerIsUsedButNeverStopped() throws Exception {
    try (NatsServer owned = NatsServer.start()) {
      NatsServer external =
          new NatsServer(ExternalServer.connect(owned.url(), NatsConfig.defaults()));
      assertThat(external.managed()).isFalse();
      assertThat(external.version()).isEqualTo(owned.version());
      assertThatThrownBy(external::kill).isInstanceOf(UnsupportedOperationException.class);
      assertThatThrownBy(external::pause).isInstanceOf(UnsupportedOperationException.class);
      external.close();
      Nats.connect(owned.url()).close();
    }
  }

  /** Starts a server and ends without closing it. */
  static final class Forgetful {
    private Forgetful() {}

    public static void main(String[] args) throws IOException {
      LocalServer server = LocalServer.start(Path.of(args[0]), NatsConfig.defaults());
      System.out.println(server.processHandle().pid() + "\n" + server.path());
      while (System.in.read() >= 0) {
        Pauses.brief();
      }
    }
  }

  private static NatsServer managed(NatsConfig config) {
    assumeTrue(
        System.getProperty("jetlane.nats.url") == null, "needs a server that the test may stop");
    return NatsServer.start(config);
  }

  private static Path binary() {
    NatsSource source = NatsServer.find();
    assumeTrue(source instanceof LocalSource, "needs a server that is a process of this JVM");
    return ((LocalSource) source).binary();
  }

  private static String stored(String url) throws Exception {
    try (Connection connection = Jnats.connect(url)) {
      return new String(
          connection.jetStreamManagement().getLastMessage("kept", "kept").getData(),
          StandardCharsets.UTF_8);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
