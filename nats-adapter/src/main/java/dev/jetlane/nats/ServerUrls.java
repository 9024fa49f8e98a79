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
          + " wss";

  static ServerUrls parse(@Nullable String urls) {
    if (urls == null || urls.isBlank()) {
      throw new InvalidInputException("url", urls, RULE);
    }
    List<String> clean = new ArrayList<>();
    Credentials found = null;
    for (String url : urls.split(",", -1)) {
      URI uri = parseOne(url.strip());
      clean.add(
          uri.getScheme() + "://" + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort()));
      if (uri.getRawUserInfo() != null) {
        found = credentials(uri.getRawUserInfo());
      }
    }
    return new ServerUrls(List.copyOf(clean), found);
  }

  static boolean isSecure(String url) {
    return url.startsWith("tls://") || url.startsWith("wss://");
  }

  private static URI parseOne(String url) {
    String full = url.contains("://") ? url : "nats://" + url;
    URI uri;
    try {
      uri = new URI(full);
    } catch (URISyntaxException e) {
      throw refused(url);
    }
    boolean ok =
        uri.getHost() != null
            && SCHEMES.contains(uri.getScheme())
            && uri.getPort() <= 65_535
            && uri.getPort() != 0;
    if (!ok) {
      throw refused(url);
    }
    return uri;
  }

  /**
   * Shows only the host part of the value, because the text before the last at sign may contain a
   * password.
   */
  private static InvalidInputException refused(String url) {
    int at = url.lastIndexOf('@');
    return new InvalidInputException("url", at < 0 ? url : "***" + url.substring(at), RULE);
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
