"""Every bound Ironhull puts on input it did not write, in one place, with units.

A value above its limit is refused by name (`errors.Error`) or skipped with a `model.Problem`.
"""

from ironhull.values import dataclass

__all__ = ["LIMITS", "Limits"]

_KIB = 1024
_MIB = 1024 * _KIB
_GIB = 1024 * _MIB


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds; sizes in bytes, times in seconds, the rest are counts."""

    # documents of an image
    manifest_bytes: int = 4 * _MIB  # OCI distribution-spec: registries SHOULD accept 4 MiB
    config_bytes: int = 8 * _MIB
    index_manifests: int = 10_000
    layers: int = 1_000
    stages: int = 100  # states of an image before a layer that hides something
    attestation_bytes: int = 64 * _MIB  # BuildKit caps one attestation at 40 MiB
    attestations: int = 2_000  # manifests of them that are read for one image

    # layers
    layer_bytes: int = 64 * _GIB  # decompressed
    layer_ratio: int = 1_100  # decompressed : compressed; deflate cannot exceed 1032
    layer_ratio_from: int = 1 * _GIB  # decompressed; what is less may have any ratio
    layer_entries: int = 5_000_000
    layer_path_bytes: int = 512 * _MIB  # names of all entries together
    tar_header_bytes: int = 1 * _MIB  # PAX records, GNU long names
    path_bytes: int = 4_096
    symlink_hops: int = 40  # ELOOP on Linux
    zstd_window_log: int = 27  # 128 MiB, zstd's own default for decoders

    # files read by catalogers
    file_bytes: int = 64 * _MIB
    kept_bytes: int = 512 * _MIB  # bodies and facts kept of one image
    probe_bytes: int = 4 * _GIB  # of one file that is looked into

    copyright_bytes: int = 16 * _MIB  # of one package
    license_text_bytes: int = 1 * _MIB  # of one file, what is read of it
    license_depth: int = 50  # of an expression
    license_folders: int = 500  # looked into for the licences of packages that tell none
    file_problems: int = 50  # of one file; the rest is counted
    packages: int = 200_000  # of one image
    description_bytes: int = 4 * _MIB  # a gemspec, rockspec, .app, DESCRIPTION; they hold kilobytes
    package_requirements: int = 5_000  # of one package

    # package databases
    rpm_header_bytes: int = 64 * _MIB  # one package; rpm allows 256 MiB, real ones stay below 10
    rpm_header_entries: int = 65_535  # rpm's own limit (HEADER_TAGS_MAX)

    # programs and jars
    elf_headers: int = 65_536  # section headers, program headers
    elf_names_bytes: int = 1 * _MIB  # section names
    go_info_bytes: int = 16 * _MIB  # build information; Kubernetes' largest is below 100 KiB
    go_search_bytes: int = 256 * _MIB  # of a data segment without section headers
    rust_audit_bytes: int = 8 * _MIB  # inflated; what rust-audit-info allows
    program_bytes: int = 256 * _MIB  # read-only data searched for a version
    jar_entries: int = 500_000  # of one jar
    jar_directory_bytes: int = 64 * _MIB
    jar_depth: int = 8  # jars in jars
    jar_nested: int = 20_000  # jars in one file, at any depth
    jar_member_bytes: int = 256 * _MIB  # jars inside jars, inflated and held at once
    jar_inflated_bytes: int = 2 * _GIB  # of one file, all depths together
    jar_artifacts: int = 20_000  # POMs of one jar
    jar_text_bytes: int = 4 * _MIB  # one manifest, pom.properties or pom.xml

    # SBOM documents read
    sbom_bytes: int = 256 * _MIB  # after inflating
    sbom_objects: int = 2_000_000  # JSON objects and lists, XML elements
    sbom_values: int = 20_000_000
    sbom_yaml_bytes: int = 32 * _MIB

    # VEX documents read
    vex_bytes: int = 128 * _MIB
    vex_values: int = 10_000_000  # members, items and objects of one document
    vex_statements: int = 1_000_000  # of one document
    vex_documents: int = 10_000  # in one file, one to a line or in a list
    vex_findings: int = 10_000  # of lint, in one document
    vex_depth: int = 8  # statements in envelopes in bundles; relationships of relationships
    vex_group_members: int = 5_000_000  # of all references to product groups of one document

    # documents written, as their readers bound them
    sarif_results: int = 25_000  # of one run; GitHub takes no more, and as many rules
    sarif_gzip_bytes: int = 10_000_000  # GitHub: 10 MB
    sarif_tags: int = 10  # of a rule; GitHub takes 20 and shows 10
    sarif_locations: int = 100  # of a result; GitHub takes 1,000 and shows 100
    gitlab_identifiers: int = 20  # of a finding; GitLab keeps no more
    markdown_characters: int = 65_000  # GitHub: a comment has at most 65,536

    # archives inside an image archive, packages
    deb_bytes: int = 2 * _GIB
    deb_unpacked_bytes: int = 8 * _GIB
    archive_members: int = 100_000

    # downloads
    http_document_bytes: int = 64 * _MIB
    http_file_bytes: int = 4 * _GIB
    http_connect_seconds: float = 10.0
    http_read_seconds: float = 60.0
    http_retries: int = 4
    http_redirects: int = 5
    http_parallel: int = 6
    http_host_parallel: int = 4  # connections of an update of advisories to one host
    http_pause_seconds: float = 60.0  # the longest pause before a retry, whatever a server asks
    http_slowest_rate: int = 512  # bytes a second; what trickles in more slowly is cut

    # registries
    credentials_bytes: int = 1 * _MIB  # a file or a helper's answer
    credential_helper_seconds: float = 30.0
    registry_answer_bytes: int = 1 * _MIB  # of a token server, a list of tags, an error
    registry_pages: int = 1_000  # of a list of tags or referrers
    registry_tags: int = 100_000
    registry_referrers: int = 10_000
    registry_documents_bytes: int = 256 * _MIB  # manifests of one image, kept in memory
    index_depth: int = 32  # indexes in indexes that are copied
    registry_depth: int = 16  # referrers of referrers
    upload_chunk_bytes: int = 16 * _MIB
    mirror_parallel: int = 4  # images of a mirror under way; blobs as http_parallel says
    mirror_images: int = 100_000  # of one run
    mirror_list_bytes: int = 16 * _MIB

    # container engines
    engine_connect_seconds: float = 10.0
    engine_read_seconds: float = 60.0
    engine_save_seconds: float = 900.0  # silence while an image is saved: Docker copies it first
    engine_image_bytes: int = 256 * _GIB  # one saved image
    container_output_bytes: int = 1 * _MIB  # of one program, or one answer, in a container

    # package archives
    release_bytes: int = 16 * _MIB
    keyring_bytes: int = 1 * _MIB
    packages_index_bytes: int = 512 * _MIB  # decompressed
    dependency_depth: int = 10_000

    # Dockerfiles
    dockerfile_bytes: int = 1 * _MIB
    dockerfile_line_bytes: int = 65_535  # BuildKit's own limit
    dockerfile_instructions: int = 5_000
    dockerfile_stages: int = 1_000
    dockerfile_value_bytes: int = 64 * _KIB  # of one variable, expanded
    dockerfile_wildcards: int = 1  # in one word with a ${name#pattern}
    dockerfile_pattern_bytes: int = 4 * _KIB  # of such a word, and of the value
    shell_commands: int = 20_000  # of one instruction
    shell_depth: int = 40  # compound commands, substitutions and sh -c inside each other

    # advisories
    advisory_zip_bytes: int = 1 * _GIB
    advisory_entry_bytes: int = 32 * _MIB
    advisory_entries: int = 2_000_000
    advisory_document_bytes: int = 512 * _MIB
    advisory_needed_scopes: int = 1_000  # noted for the next update
    advisory_check_bytes: int = 64 * _KIB  # a .meta, a pointer
    advisory_sources_parallel: int = 8  # sources that are fetched at once
    advisory_bundle_bytes: int = 16 * _GIB  # exported data, unpacked
    advisory_claims_bytes: int = 256 * _MIB  # what one source says of one package, decompressed
    advisory_memo: int = 40_000  # advisories and looked-up versions that a reader remembers

    # caches
    cache_bytes: int = 2 * _GIB  # all together; the setting cache.size changes it
    cache_file_bytes: int = 256 * _MIB  # as stored; what is larger is not cached
    cache_answer_bytes: int = 64 * _MIB  # written by one run; longer answers are not cached
    cache_content_bytes: int = 512 * _MIB  # decompressed

    # keys and signatures
    key_bytes: int = 256 * _KIB  # one file of keys or certificates
    keys: int = 100  # of one such file
    key_scrypt_bytes: int = 512 * _MIB  # memory a password's protection may ask for; cosign: 64 MiB
    signatures: int = 1_000  # of one image, one envelope
    signature_payload_bytes: int = 1 * _MIB  # a simple signing payload; real ones have 250 bytes
    log_hashes: int = 64  # of an inclusion proof: a log of 2^64 entries
    trust_root_bytes: int = 4 * _MIB

    # where exploitability statements come from
    vex_image_files: int = 1_000  # *.vex.json of one image
    vex_files: int = 100_000  # of one directory of documents
    vex_references: int = 100  # of one SBOM
    vex_attachments: int = 1_000  # of one image and its bases, together
    vex_bases: int = 8  # base images of base images
    vex_repositories: int = 100
    vex_repository_archive_bytes: int = 1 * _GIB
    vex_repository_bytes: int = 4 * _GIB  # documents of one repository, unpacked
    vex_repository_entries: int = 1_000_000  # files of an archive, rows of its index
    vex_repository_index_bytes: int = 256 * _MIB
    vex_repository_documents: int = 20_000  # of one repository that are about one image
    vex_repository_seconds: float = 366 * 86_400.0  # between updates; what asks for more is cut

    # posture
    posture_paths: int = 200  # of one kind; the rest is counted
    posture_key_bytes: int = 64 * _KIB  # files looked into for private keys

    # secrets
    secrets: int = 10_000  # of one image
    secret_window_bytes: int = 8 * _MIB  # searched at once; larger files piece by piece
    secret_baseline_bytes: int = 64 * _MIB  # a file of accepted findings

    # policies
    policy_source_bytes: int = 1 * _MIB  # one module
    policy_seconds: float = 10.0  # one module, what its built-in functions take not counted
    policy_answering_seconds: float = 60.0  # what built-in functions take for one module
    policy_calls: int = 100_000  # of built-in functions that ask us, by one module
    policy_bytes: int = 512 * _MIB  # memory of the process that evaluates
    policy_answer_bytes: int = 64 * _MIB  # what one module says
    policy_bundle_bytes: int = 64 * _MIB  # the layers of a bundle, packed and unpacked
    policy_modules: int = 1_000  # of one bundle

    # known images, advice on base images
    known_images: int = 200_000  # in the index, every platform of a tag is one
    stored_bases: int = 1_000  # images of the local store that are compared by their layers
    base_tags: int = 500  # of one repository that are indexed at once
    suggestions: int = 100  # scanned for one image

    # settings and definitions
    definition_bytes: int = 1 * _MIB
    kept_builds: int = 50  # of one definition, whose locks are kept to compare with
    ca_bytes: int = 4 * _MIB  # a file of authorities for a base image
    lock_bytes: int = 16 * _MIB
    ignore_bytes: int = 4 * _MIB  # one ignore file
    ignore_rules: int = 50_000  # of one ignore file

    # hardening: what is looked at of a build context
    harden_files: int = 50_000
    harden_file_bytes: int = 2 * _MIB  # one file; larger ones are not looked into


LIMITS = Limits()
