// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import dev.jetlane.InvalidInputException;
import io.nats.client.AuthHandler;
import io.nats.client.NKey;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;

/** The credentials of a client. Secrets are never printed: {@code toString} names the kind only. */
sealed interface Credentials {

  /** Hands the credentials to jnats. */
  void applyTo(Options.Builder builder) throws IOException;

  /** No credentials. */
  record None() implements Credentials {
    @Override
    public void applyTo(Options.Builder builder) {}

    @Override
    public String toString() {
      return "none";
    }
  }

  /** User name and password. */
  @SuppressWarnings(
      "ArrayRecordComponent") // Never compared; an array can be overwritten, a String cannot.
  record UserPassword(char[] user, char[] password) implements Credentials {
    @Override
    public void applyTo(Options.Builder builder) {
      builder.userInfo(user, password);
    }

    @Override
    public String toString() {
      return "user and password";
    }
  }

  /** A token. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Token(char[] token) implements Credentials {
    @Override
    public void applyTo(Options.Builder builder) {
      builder.token(token);
    }

    @Override
    public String toString() {
      return "token";
    }
  }

  /**
   * A credentials file: a JWT and the seed of its nkey. Read at every connect, so a rotated file
   * takes effect.
   */
  record CredentialsFile(Path file) implements Credentials {
    @Override
    public void applyTo(Options.Builder builder) throws IOException {
      String text = Files.readString(requireReadable(file), StandardCharsets.ISO_8859_1);
      if (!text.contains("NATS USER JWT") || !text.contains("NKEY SEED")) {
        throw new InvalidInputException(
            "credentials file", file.toString(), "must have a user JWT and its nkey seed");
      }
      builder.authHandler(Nats.credentials(file.toString()));
    }

    @Override
    public String toString() {
      return "credentials file";
    }
  }

  /** A file with the seed of an nkey. */
  record NkeyFile(Path file) implements Credentials {
    @Override
    public void applyTo(Options.Builder builder) throws IOException {
      NkeySigner signer = new NkeySigner(Files.readAllBytes(requireReadable(file)));
      if (!signer.isUsable()) {
        // Without the cause: it may quote the seed.
        throw new InvalidInputException(
            "nkey file", file.toString(), "must contain the seed of an nkey and nothing else");
      }
      builder.authHandler(signer);
    }

    @Override
    public String toString() {
      return "nkey file";
    }
  }

  private static Path requireReadable(Path file) {
    if (!Files.isReadable(file) || Files.isDirectory(file)) {
      throw new InvalidInputException(
          "credentials file", file.toString(), "must be a readable file");
    }
    return file;
  }

  /** Signs the server's challenge with the seed. */
  final class NkeySigner implements AuthHandler {

    private final char[] seed;

    NkeySigner(byte[] fileContent) {
      CharBuffer text = StandardCharsets.US_ASCII.decode(java.nio.ByteBuffer.wrap(fileContent));
      int start = 0;
      int end = text.length();
      while (start < end && Character.isWhitespace(text.get(start))) {
        start++;
      }
      while (end > start && Character.isWhitespace(text.get(end - 1))) {
        end--;
      }
      seed = new char[end - start];
      text.subSequence(start, end).get(seed);
    }

    boolean isUsable() {
      try {
        NKey.fromSeed(seed).clear();
        return true;
      } catch (IllegalArgumentException | IllegalStateException notASeed) {
        return false;
      }
    }

    @Override
    public byte[] sign(byte[] nonce) {
      NKey key = NKey.fromSeed(seed);
      try {
        return key.sign(nonce);
      } catch (GeneralSecurityException | IOException e) {
        throw new IllegalStateException("the nkey cannot sign", e);
      } finally {
        key.clear();
      }
    }

    @Override
    public char[] getID() {
      NKey key = NKey.fromSeed(seed);
      try {
        return key.getPublicKey();
      } catch (GeneralSecurityException | IOException e) {
        throw new IllegalStateException("the nkey has no public key", e);
      } finally {
        key.clear();
      }
    }

    @Override
    public char[] getJWT() {
      return new char[0];
    }
  }
}
