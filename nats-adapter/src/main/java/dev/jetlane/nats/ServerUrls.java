// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import dev.jetlane.InvalidInputException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Server URLs without their user part. jnats prints its URLs, password included, in connection
 * errors, so it gets them without secrets.
 */
record ServerUrls(List<String> withoutSecrets, @Nullable Credentials credentials) {

  private static final Set<String> SCHEMES = Set.of("nats", "tls", "ws", "wss");
  private static final String RULE =
      "must be one or more URLs such as nats://host:4222, separated by commas; nats, tls, ws or"
          + " wss; without a path; in the user part a comma must be written as %2C, a slash as %2F,"
          + " a question mark as %3F and a number sign as %23";

  /** Each server of a list gets the same credentials. */
  private static final String ONE_USER = "must have the same user part in each URL that has one";

  static ServerUrls parse(@Nullable String urls) {
    if (urls == null || urls.isBlank()) {
      throw new InvalidInputException("url", urls, RULE);
    }
    List<String> clean = new ArrayList<>();
    String user = null;
    int from = 0;
    URI before = null;
    for (String url : urls.split(",", -1)) {
      URI uri = parseOne(url.strip());
      if (uri == null || isRestOfUserPart(before, url, uri)) {
        throw new InvalidInputException("url", shown(url, urls.substring(from)), RULE);
      }
      from += url.length() + 1;
      before = uri;
      clean.add(
          uri.getScheme() + "://" + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort()));
      String own = uri.getRawUserInfo();
      if (own != null && user != null && !own.equals(user)) {
        throw new InvalidInputException("url", shown(urls, urls), ONE_USER);
      }
      user = own == null ? user : own;
    }
    return new ServerUrls(List.copyOf(clean), user == null ? null : credentials(user));
  }

  static boolean isSecure(String url) {
    return url.startsWith("tls://") || url.startsWith("wss://");
  }

  /**
   * Returns whether a comma in a user part may have cut this text off, so that the host before it
   * is a part of a secret: of a password if it has a port, of a token if this text names no user.
   */
  private static boolean isRestOfUserPart(@Nullable URI before, String text, URI uri) {
    String rest = uri.getRawUserInfo();
    if (before == null || before.getRawUserInfo() != null || rest == null) {
      return false;
    }
    return !text.contains("://") && (before.getPort() >= 0 || rest.indexOf(':') < 0);
  }

  /** Returns the parts of a URL; null if it is refused. */
  private static @Nullable URI parseOne(String url) {
    String full = url.contains("://") ? url : "nats://" + url;
    URI uri;
    try {
      uri = new URI(full);
    } catch (URISyntaxException e) {
      return null;
    }
    boolean ok =
        uri.getHost() != null
            && SCHEMES.contains(uri.getScheme())
            && uri.getPort() <= 65_535
            && uri.getPort() != 0
            && Set.of("", "/").contains(uri.getRawPath())
            && uri.getRawQuery() == null
            && uri.getRawFragment() == null; // A secret may contain these separators.
    return ok ? uri : null;
  }

  /** Returns a URL without the text before its last at sign, which may contain a password. */
  static String withoutSecret(String url) {
    return shown(url, url);
  }

  /**
   * Returns the part of a refused value that contains no password: the text after the last at sign.
   *
   * @param rest the refused URL and everything after it, because a comma in the password divides it
   */
  private static String shown(String url, String rest) {
    int at = rest.lastIndexOf('@');
    return at < 0 ? url.strip() : "***" + rest.substring(at);
  }

  private static Credentials credentials(String userInfo) {
    int colon = userInfo.indexOf(':');
    if (colon < 0) {
      return new Credentials.Token(decode(userInfo).toCharArray());
    }
    return new Credentials.UserPassword(
        decode(userInfo.substring(0, colon)).toCharArray(),
        decode(userInfo.substring(colon + 1)).toCharArray());
  }

  private static String decode(String part) {
    // In the user part of a URL a plus is a plus; URLDecoder decodes forms, where it is a space.
    return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return String.join(",", withoutSecrets);
  }
}
