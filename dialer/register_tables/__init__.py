"""The register as tables: a workbook with a sheet a section, or a folder of CSV files; the same models as in YAML."""

from dialer.register_tables.reading import read_register
from dialer.register_tables.template import write_template
from dialer.register_tables.writing import FORMATS, write_register, yaml_text

__all__ = ["FORMATS", "read_register", "write_register", "write_template", "yaml_text"]
