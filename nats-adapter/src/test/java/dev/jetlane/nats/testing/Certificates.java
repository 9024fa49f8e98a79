// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Object;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.asn1.x509.V3TBSCertificateGenerator;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.jspecify.annotations.Nullable;

/** A key and its certificate, for one test. */
public record Certificates(
    PrivateKey key, X509Certificate certificate, Path pemKey, Path pemCertificate) {

  private static final AlgorithmIdentifier ALGORITHM =
      new AlgorithmIdentifier(X9ObjectIdentifiers.ecdsa_with_SHA256);

  /**
   * Self-signed, and may sign others.
   *
   * @param host the host that it is for, such as {@code ip:127.0.0.1} or {@code dns:localhost}
   * @param days how long it is valid; negative if it is over
   */
  public static Certificates make(Path folder, String name, String host, int days)
      throws Exception {
    KeyPair own = keys();
    return issue(folder, name, host, days, own, "CN=" + name, own.getPrivate());
  }

  /**
   * Signed by this one. The JDK checks the dates of certificates that a trusted authority has
   * signed, but not those of a trusted certificate.
   *
   * @param days how long it is valid; negative if it is over
   */
  public Certificates sign(Path folder, String name, String host, int days) throws Exception {
    return issue(folder, name, host, days, keys(), certificate.getSubjectX500Principal() + "", key);
  }

  private static Certificates issue(
      Path folder,
      String name,
      String host,
      int days,
      KeyPair own,
      String issuer,
      PrivateKey issuerKey)
      throws Exception {
    V3TBSCertificateGenerator content = new V3TBSCertificateGenerator();
    content.setSerialNumber(new ASN1Integer(System.nanoTime()));
    content.setSignature(ALGORITHM);
    content.setIssuer(new X500Name(issuer));
    content.setSubject(new X500Name("CN=" + name));
    content.setStartDate(time(Math.min(days, 0) - 1));
    content.setEndDate(time(days));
    content.setSubjectPublicKeyInfo(SubjectPublicKeyInfo.getInstance(own.getPublic().getEncoded()));
    boolean authority = own.getPrivate().equals(issuerKey);
    Extension[] extensions = {
      extension(Extension.basicConstraints, new BasicConstraints(authority)),
      extension(Extension.subjectAlternativeName, new GeneralNames(names(host)))
    };
    content.setExtensions(new Extensions(extensions));
    ASN1Object unsigned = content.generateTBSCertificate();
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(issuerKey);
    signature.update(unsigned.getEncoded("DER"));
    ASN1Encodable[] parts = {unsigned, ALGORITHM, new DERBitString(signature.sign())};
    byte[] signed = new DERSequence(parts).getEncoded("DER");
    return new Certificates(
        own.getPrivate(),
        (X509Certificate)
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(signed)),
        pem(folder.resolve(name + ".key"), "PRIVATE KEY", own.getPrivate().getEncoded()),
        pem(folder.resolve(name + ".crt"), "CERTIFICATE", signed));
  }

  private static KeyPair keys() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    return generator.generateKeyPair();
  }

  private static Time time(int days) {
    return new Time(Date.from(Instant.now().plus(Duration.ofDays(days))));
  }

  private static Extension extension(ASN1ObjectIdentifier id, ASN1Object value) throws IOException {
    return new Extension(id, false, new DEROctetString(value.getEncoded("DER")));
  }

  private static GeneralName[] names(String hosts) {
    return List.of(hosts.split(",")).stream()
        .map(
            host ->
                host.startsWith("ip:")
                    ? new GeneralName(GeneralName.iPAddress, host.substring(3))
                    : new GeneralName(GeneralName.dNSName, host.substring(4)))
        .toArray(GeneralName[]::new);
  }

  private static Path pem(Path file, String what, byte[] content) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    return Files.writeString(
        file, "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n");
  }

  /**
   * The TLS settings of a client that trusts one server and, for mutual TLS, shows a certificate.
   */
  public static SSLContext context(Certificates trusted, @Nullable Certificates own)
      throws GeneralSecurityException, IOException {
    KeyStore roots = KeyStore.getInstance("PKCS12");
    roots.load(null, null);
    roots.setCertificateEntry("server", trusted.certificate);
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(roots);
    KeyManager[] keys = null;
    if (own != null) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("own", own.key, new char[0], new X509Certificate[] {own.certificate});
      KeyManagerFactory factory =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(store, new char[0]);
      keys = factory.getKeyManagers();
    }
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, trust.getTrustManagers(), null);
    return context;
  }
}
