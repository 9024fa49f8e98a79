// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import dev.jetlane.nats.NatsOptions.Provisioning;
import dev.jetlane.nats.testing.NatsConfig;
import dev.jetlane.nats.testing.NatsServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server with the accounts of {@code docs/permissions.conf}, and its users. */
final class Roles {

  private static final Pattern PASSWORD = Pattern.compile("\\$(\\w+)_PASSWORD");

  private Roles() {}

  static NatsServer start() throws IOException {
    return start(UnaryOperator.identity());
  }

  /**
   * @param change an edit of the file by an administrator
   */
  static NatsServer start(UnaryOperator<String> change) throws IOException {
    Path docs = Path.of(System.getProperty("jetlane.root", ".."), "nats-adapter", "docs");
    String conf = Files.readString(docs.resolve("permissions.conf"));
    String withPasswords =
        PASSWORD
            .matcher(change.apply(conf))
            .replaceAll(found -> Matcher.quoteReplacement('"' + password(found.group(1)) + '"'));
    return NatsServer.start(NatsConfig.defaults().withText(withPasswords));
  }

  static NatsOptions options(NatsServer server, String role, Provisioning provisioning) {
    return NatsOptions.defaults()
        .withRequestTimeout(TestQueues.REQUEST_TIMEOUT)
        .withUrl(server.url())
        .withUser(role, password(role).toCharArray())
        .withInboxPrefix("_INBOX_" + role)
        .withProvisioning(provisioning);
  }

  private static String password(String role) {
    return "secret of " + role.toLowerCase(Locale.ROOT);
  }
}
